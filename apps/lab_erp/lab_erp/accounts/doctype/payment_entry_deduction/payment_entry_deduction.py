from frappe.model.document import Document


class PaymentEntryDeduction(Document):
	"""A row of its parent document."""
