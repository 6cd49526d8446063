from frappe.model.document import Document


class Batch(Document):
	"""Goods of one lot that expire on one day."""
