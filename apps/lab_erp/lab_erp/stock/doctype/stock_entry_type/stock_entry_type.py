from frappe.model.document import Document


class StockEntryType(Document):
	"""A kind of stock entry and what it does."""
