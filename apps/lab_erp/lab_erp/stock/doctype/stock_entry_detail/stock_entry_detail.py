from frappe.model.document import Document


class StockEntryDetail(Document):
	"""A row of its parent document."""
