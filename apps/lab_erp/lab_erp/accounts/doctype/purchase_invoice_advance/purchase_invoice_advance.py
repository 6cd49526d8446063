from frappe.model.document import Document


class PurchaseInvoiceAdvance(Document):
	"""A row of its parent document."""
