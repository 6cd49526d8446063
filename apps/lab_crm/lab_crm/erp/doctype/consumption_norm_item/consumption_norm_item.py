from frappe.model.document import Document


class ConsumptionNormItem(Document):
	"""A material that one examination takes, and how much of it."""
