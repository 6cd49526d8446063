from frappe.model.document import Document


class PurchaseReceiptItem(Document):
	"""A row of its parent document."""
