from frappe.model.document import Document


class StockLedgerEntry(Document):
	"""One movement of an item in a warehouse; never changed, never deleted."""
