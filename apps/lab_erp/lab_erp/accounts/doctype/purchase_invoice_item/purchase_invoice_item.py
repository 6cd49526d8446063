from frappe.model.document import Document


class PurchaseInvoiceItem(Document):
	"""A row of its parent document."""
