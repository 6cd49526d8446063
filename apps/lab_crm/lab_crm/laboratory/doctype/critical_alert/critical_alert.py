from frappe.model.document import Document

from lab_crm.utils.workflow import SystemMoves


class CriticalAlert(SystemMoves, Document):
	"""A value that a doctor must tell the patient about before a deadline."""
