from frappe.model.document import Document


class ItemReorder(Document):
	"""A row of its parent document."""
