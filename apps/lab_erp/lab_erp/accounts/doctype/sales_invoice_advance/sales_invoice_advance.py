from frappe.model.document import Document


class SalesInvoiceAdvance(Document):
	"""A row of its parent document."""
