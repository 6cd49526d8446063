from frappe.model.document import Document


class Holiday(Document):
	"""A row of its parent document."""
