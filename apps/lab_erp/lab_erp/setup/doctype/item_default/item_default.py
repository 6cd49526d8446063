from frappe.model.document import Document


class ItemDefault(Document):
	"""A row of its parent document."""
