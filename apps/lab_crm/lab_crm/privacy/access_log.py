"""Who looked at a patient's medical data: one append-only row a read (F42).

A document class that inherits `MedicalRecord` logs every read by staff: the form in the desk, REST, print and
export. Patients who read their own results and background jobs are no staff reads and are not logged here.
"""

import frappe
from frappe.model.document import Document

from lab_crm.utils import clock

VIEW, PRINT, EXPORT, API = "View", "Print", "Export", "API"


def record(patient: str | None, doctype: str, name: str, action: str = VIEW) -> None:
	"""Write one row of the Patient Access Log for the current user.

	Args:
		patient: whose data it is; None when the document has no patient yet.
		doctype, name: what was read.
		action: View, Print, Export or API.
	"""
	row = frappe.new_doc("Patient Access Log")
	row.update(
		{
			"patient": patient,
			"user": frappe.session.user,
			"action": action,
			"at": clock.now(),
			"document_type": doctype,
			"document_name": name,
			"ip_address": frappe.local.request_ip,
		}
	)
	# Safe: written by our own code only; nobody has a create right on the log.
	row.insert(ignore_permissions=True)
	# Reads come by GET, whose transaction Frappe rolls back unless told otherwise.
	frappe.local.flags.commit = True


class MedicalRecord(Document):
	"""Base of documents with medical data: reads by staff are logged. The document has a `patient` field."""

	def apply_fieldlevel_read_permissions(self):
		# The one call through which the desk's form, REST and frappe.client hand out a whole document.
		self.log_read(VIEW if _is_desk() else API)
		super().apply_fieldlevel_read_permissions()

	def before_print(self, print_settings=None):
		self.log_read(PRINT)

	def log_read(self, action: str) -> None:
		"""Log that the current user, if of the staff, has read this document."""
		if not self.is_new() and is_staff_request():
			record(self.get("patient"), self.doctype, self.name, action)


def is_staff_request() -> bool:
	"""Tell whether this is a web request of a desk user."""
	if not getattr(frappe.local, "request", None) or frappe.session.user == "Guest":
		return False
	return frappe.get_cached_value("User", frappe.session.user, "user_type") == "System User"


def _is_desk() -> bool:
	path = frappe.local.request.path if getattr(frappe.local, "request", None) else ""
	return path.startswith("/api/method/frappe.desk.")
