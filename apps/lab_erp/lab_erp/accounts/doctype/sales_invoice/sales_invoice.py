from frappe.model.document import Document


class SalesInvoice(Document):
	"""What a customer owes for services and goods."""
