from frappe.model.document import Document


class ModeofPaymentAccount(Document):
	"""A row of its parent document."""
