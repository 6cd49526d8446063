from frappe.model.document import Document

from lab_crm.utils.rows import WrittenWithParent


class CoveredService(WrittenWithParent, Document):
	"""What an insurer covers by its contract, or does not."""
