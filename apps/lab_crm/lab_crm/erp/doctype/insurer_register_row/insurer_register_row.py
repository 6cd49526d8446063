from frappe.model.document import Document

from lab_crm.utils.rows import WrittenWithParent


class InsurerRegisterRow(WrittenWithParent, Document):
	"""A billed service in a register; its key lets it stand in one register only."""
