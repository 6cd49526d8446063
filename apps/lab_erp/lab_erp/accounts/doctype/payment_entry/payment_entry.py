from frappe.model.document import Document


class PaymentEntry(Document):
	"""Money received, paid or moved between own accounts."""
