from frappe.model.document import Document

from lab_crm.utils.rows import WrittenWithParent


class FiscalReceiptItem(WrittenWithParent, Document):
	"""A position of a receipt."""
