from frappe.model.document import Document


class TillPayment(Document):
	"""A part of a payment: how much in which way."""
