import frappe
from frappe import _
from frappe.model.document import Document

from lab_crm.utils.errors import Refusal


class PatientAccessLog(Document):
	"""One read of a patient's medical data by staff. Append-only."""

	def validate(self):
		if not self.is_new():
			raise Refusal("APPEND_ONLY", _("The access log is never changed"))

	def on_trash(self):
		raise Refusal("APPEND_ONLY", _("The access log is never deleted"))


def on_doctype_update():
	"""The usual question: who looked at this patient lately."""
	frappe.db.add_index("Patient Access Log", ["patient", "at"], "patient_at")
