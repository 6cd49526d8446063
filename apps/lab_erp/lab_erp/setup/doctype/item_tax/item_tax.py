from frappe.model.document import Document


class ItemTax(Document):
	"""A row of its parent document."""
