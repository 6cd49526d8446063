from frappe.model.document import Document

from lab_crm.utils.rows import WrittenWithParent


class GuaranteeLetterService(WrittenWithParent, Document):
	"""What a guarantee letter pays for, or does not."""
