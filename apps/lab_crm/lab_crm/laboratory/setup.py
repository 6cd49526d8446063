"""What the laboratory needs on a site: the Visit workflow and the notification about critical values.

Made when missing, never changed afterwards: an administrator edits both without code.
"""

import frappe

WORKFLOW = "Visit"
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


def install() -> None:
	"""Make what is missing; called at installation and after each migration."""
	make_workflow()
	make_notification()


def make_workflow() -> None:
	"""Ship the statuses of a visit as a Frappe Workflow."""
	if frappe.db.exists("Workflow", {"document_type": "Visit"}):
		return
	for state, style in VISIT_STATES.items():
		_ensure("Workflow State", state, workflow_state_name=state, style=style)
	for _from, action, *_rest in VISIT_TRANSITIONS:
		_ensure("Workflow Action Master", action, workflow_action_name=action)
	doc = frappe.new_doc("Workflow")
	doc.update(
		{
			"workflow_name": WORKFLOW,
			"document_type": "Visit",
			"workflow_state_field": "status",
			"is_active": 1,
		}
	)
	for state in VISIT_STATES:
		# Who may edit is a matter of the DocType's permissions.
		doc.append("states", {"state": state, "doc_status": "0", "allow_edit": "All"})
	for state, action, target, roles, condition in VISIT_TRANSITIONS:
		for role in roles:
			doc.append(
				"transitions",
				{
					"state": state,
					"action": action,
					"next_state": target,
					"allowed": role,
					"condition": condition,
				},
			)
	doc.insert(ignore_permissions=True)  # safe: run by install and migrate only


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


def _ensure(doctype: str, name: str, **fields) -> None:
	if not frappe.db.exists(doctype, name):
		doc = frappe.new_doc(doctype)
		doc.update(fields)
		doc.insert(ignore_permissions=True)  # safe: run by install and migrate only
