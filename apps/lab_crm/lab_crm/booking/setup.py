"""What bookings need on a site: the Booking workflow and the rules of attendance to begin with.

Made when missing, never changed afterwards: an administrator edits both without code.
"""

import json

import frappe
from frappe import _

from lab_crm.utils import workflow

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
# What a receptionist reads in the list, left to right, after the patient; by default the framework shows so
# many columns on a screen of 1366 px only two.
LIST_COLUMNS = ("start", "service_names", "branch", "status_field")
FIXED_COLUMNS = 2  # the patient and the (hidden) tags


def install() -> None:
	"""Make what is missing; called at installation and after each migration."""
	workflow.ship("Booking", STATES, ((*moved, None) for moved in TRANSITIONS))
	make_policy()
	make_list()


def make_policy() -> None:
	"""Ship the rules to begin with: confirmation and one reminder a day before, no more (F4)."""
	if frappe.db.count("Booking Policy"):
		return
	doc = frappe.new_doc("Booking Policy")
	doc.policy_name = _("General rules", lang="ru")
	# Two misses within a year, then a prepayment: what clinics do, and what the preview of the rules shows.
	doc.prepay_after = 2
	doc.append("reminders", {"hours_before": 24, "event": POLICY_EVENT})
	doc.insert(ignore_permissions=True)  # safe: run by install and migrate only


def make_list() -> None:
	"""Ship the columns of the list of bookings; they are changed at its menu, «List Settings»."""
	if frappe.db.exists("List View Settings", "Booking"):
		return
	doc = frappe.new_doc("List View Settings")
	doc.name = "Booking"
	doc.fields = json.dumps([{"fieldname": name} for name in LIST_COLUMNS])
	doc.total_fields = str(FIXED_COLUMNS + len(LIST_COLUMNS))
	doc.insert(ignore_permissions=True)  # safe: run by install and migrate only
