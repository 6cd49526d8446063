from frappe.model.document import Document


class Bin(Document):
	"""How much of an item a warehouse has, and what it is worth."""
