from frappe.model.document import Document


class SalesInvoiceItem(Document):
	"""A row of its parent document."""
