from frappe.model.document import Document


class PurchaseReceipt(Document):
	"""Goods received from a supplier."""
