"""What the laboratory needs on a site: the Visit workflow and the notification about critical values.

Made when missing, never changed afterwards: an administrator edits both without code.
"""

import frappe

from lab_crm.utils import workflow

VISIT_STATES = {
	"Registered": "Primary",
	"Collecting": "Warning",
	"Waiting": "Info",
	"Ready": "Success",
	"Issued": "Inverse",
}
NO_ORDER = 'not frappe.db.get_value("Lab Order", {"visit": doc.name})'
# (from, action, to, roles, condition)
VISIT_TRANSITIONS = (
	("Registered", "Start Collection", "Collecting", ("Lab Nurse", "Lab Receptionist"), None),
	("Registered", "Finish Collection", "Waiting", ("Lab Nurse", "Lab Receptionist"), None),
	("Collecting", "Finish Collection", "Waiting", ("Lab Nurse", "Lab Receptionist"), None),
	("Waiting", "Results Are Ready", "Ready", ("Lab Doctor", "Lab Director"), None),
	("Ready", "Issue Results", "Issued", ("Lab Receptionist", "Lab Nurse", "Lab Doctor"), None),
	("Registered", "Close Visit", "Issued", ("Lab Receptionist", "Lab Doctor"), NO_ORDER),
)
NOTIFICATION = "Critical result"
CRITICAL_ROLE = "Lab Doctor"
TRANSFER_ROLES = ("Lab Nurse", "Lab Administrator")


def install() -> None:
	"""Make what is missing; called at installation and after each migration."""
	workflow.ship("Visit", VISIT_STATES, VISIT_TRANSITIONS)
	make_notification()
	make_transfer_notifications()


def make_notification() -> None:
	"""Tell every doctor about a critical value at once; the subject holds no medical data."""
	if frappe.db.exists("Notification", NOTIFICATION):
		return
	doc = frappe.new_doc("Notification")
	doc.name = NOTIFICATION
	doc.update(
		{
			"subject": "{{ _('Critical result: a doctor must call {0}').format(doc.patient_name) }}",
			"document_type": "Critical Alert",
			"event": "New",
			"channel": "System Notification",
			"message": "{{ _('Call by {0}').format(frappe.utils.format_datetime(doc.deadline)) }}",
			"enabled": 1,
		}
	)
	doc.append("recipients", {"receiver_by_role": CRITICAL_ROLE})
	doc.insert(ignore_permissions=True)  # safe: run by install and migrate only


def make_transfer_notifications() -> None:
	"""Tell staff of a courier who is late, and of tubes that did not come or came unannounced."""
	_tell_of_transfer(
		"Courier is late",
		"late_since",
		"doc.late_since",
		"{{ _('The courier is late: list {0}').format(doc.name) }}",
		"{{ _('It was expected by {0}').format(frappe.utils.format_datetime(doc.late_since)) }}",
	)
	_tell_of_transfer(
		"Courier list does not tally",
		"status",
		"doc.status == 'Received' and (doc.missing_count or doc.unexpected_count)",
		"{{ _('The courier list {0} does not tally').format(doc.name) }}",
		"{{ _('Missing: {0}, unexpected: {1}').format(doc.missing_count, doc.unexpected_count) }}",
	)


def _tell_of_transfer(name: str, field: str, condition: str, subject: str, message: str) -> None:
	if frappe.db.exists("Notification", name):
		return
	doc = frappe.new_doc("Notification")
	doc.name = name
	doc.update(
		{
			"subject": subject,
			"document_type": "Specimen Transfer",
			"event": "Value Change",
			"value_changed": field,
			"condition": condition,
			"channel": "System Notification",
			"message": message,
			"enabled": 1,
		}
	)
	for role in TRANSFER_ROLES:
		doc.append("recipients", {"receiver_by_role": role})
	doc.insert(ignore_permissions=True)  # safe: run by install and migrate only
