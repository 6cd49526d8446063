from frappe.model.document import Document


class StockEntry(Document):
	"""Goods that come, go, or move between warehouses."""
