from frappe.model.document import Document


class PaymentEntryReference(Document):
	"""A row of its parent document."""
