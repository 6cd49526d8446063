from frappe.model.document import Document


class FiscalReceiptItem(Document):
	"""A position of a receipt."""
