from frappe.model.document import Document


class MaterialRequestItem(Document):
	"""A row of its parent document."""
