from frappe.model.document import Document


class StockSettings(Document):
	"""Rules of stock."""
