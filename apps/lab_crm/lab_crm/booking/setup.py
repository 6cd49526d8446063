"""What bookings need on a site: the Booking workflow and the rules of attendance to begin with.

Made when missing, never changed afterwards: an administrator edits both without code.
"""

import frappe
from frappe import _

WORKFLOW = "Booking"
# The first state is that of a new booking.
STATES = {
	"Booked": "Primary",
	"Held": "Warning",
	"Confirmed": "Info",
	"Checked In": "Success",
	"Completed": "Inverse",
	"Cancelled": "Danger",
	"No Show": "Danger",
}
FRONT = ("Lab Receptionist", "Lab Operator")
# (from, action, to, roles). A patient is checked in by the front desk's button, which makes the visit too.
TRANSITIONS = (
	("Booked", "Hold", "Held", FRONT),
	("Held", "Book", "Booked", FRONT),
	("Held", "Cancel", "Cancelled", FRONT),
	("Booked", "Confirm", "Confirmed", FRONT),
	("Booked", "Cancel", "Cancelled", (*FRONT, "Lab Corporate Manager")),
	("Confirmed", "Cancel", "Cancelled", (*FRONT, "Lab Corporate Manager")),
	("Booked", "Mark No Show", "No Show", FRONT),
	("Confirmed", "Mark No Show", "No Show", FRONT),
	("No Show", "Patient Has Come", "Booked", FRONT),
	("Checked In", "Complete", "Completed", ("Lab Receptionist", "Lab Nurse", "Lab Doctor")),
)
POLICY_EVENT = "booking.reminder"


def install() -> None:
	"""Make what is missing; called at installation and after each migration."""
	make_workflow()
	make_policy()


def make_workflow() -> None:
	"""Ship the statuses of a booking as a Frappe Workflow."""
	if frappe.db.exists("Workflow", {"document_type": "Booking"}):
		return
	for state, style in STATES.items():
		_ensure("Workflow State", state, workflow_state_name=state, style=style)
	for _from, action, _to, _roles in TRANSITIONS:
		_ensure("Workflow Action Master", action, workflow_action_name=action)
	doc = frappe.new_doc("Workflow")
	doc.update(
		{
			"workflow_name": WORKFLOW,
			"document_type": "Booking",
			"workflow_state_field": "status",
			"is_active": 1,
			"send_email_alert": 0,
		}
	)
	for state in STATES:
		# Who may edit is a matter of the DocType's permissions.
		doc.append("states", {"state": state, "doc_status": "0", "allow_edit": "All"})
	for state, action, target, roles in TRANSITIONS:
		for role in roles:
			doc.append(
				"transitions", {"state": state, "action": action, "next_state": target, "allowed": role}
			)
	doc.insert(ignore_permissions=True)  # safe: run by install and migrate only


def make_policy() -> None:
	"""Ship the rules to begin with: confirmation and one reminder a day before, no more (F4)."""
	if frappe.db.count("Booking Policy"):
		return
	doc = frappe.new_doc("Booking Policy")
	doc.policy_name = _("General rules", lang="ru")
	doc.append("reminders", {"hours_before": 24, "event": POLICY_EVENT})
	doc.insert(ignore_permissions=True)  # safe: as above


def _ensure(doctype: str, name: str, **fields) -> None:
	if not frappe.db.exists(doctype, name):
		doc = frappe.new_doc(doctype)
		doc.update(fields)
		doc.insert(ignore_permissions=True)  # safe: as above
