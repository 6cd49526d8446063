from frappe.model.document import Document

from lab_crm.utils.rows import WrittenWithParent


class TillPayment(WrittenWithParent, Document):
	"""A part of a payment: how much in which way."""
