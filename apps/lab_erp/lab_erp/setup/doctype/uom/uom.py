from frappe.model.document import Document


class UOM(Document):
	"""A unit in which goods are counted."""
