"""Bookings that are held for a while give their slots back when the time is over."""

import frappe
from frappe import _

from lab_crm.booking import policy
from lab_crm.utils import clock
from lab_crm.utils.workflow import system_move


def set_end(doc) -> None:
	"""Give a held booking the end of its hold, by its policy; a booking in another status has none."""
	if doc.status != "Held":
		doc.hold_until = None
	elif not doc.hold_until:
		minutes = policy.of(doc).hold_minutes
		doc.hold_until = frappe.utils.add_to_date(clock.now(), minutes=minutes)


def release_expired() -> int:
	"""Cancel the holds that are over (scheduler, every minute); return how many."""
	names = frappe.get_all(
		"Booking", {"status": "Held", "hold_until": ("<=", clock.now())}, pluck="name", limit=500
	)
	released = 0
	for name in names:
		doc = frappe.get_doc("Booking", name, for_update=True)
		# Paid or cancelled meanwhile, in another transaction.
		if doc.status == "Held" and doc.hold_until <= clock.now():
			system_move(doc, "Cancelled", cancel_reason=_("The hold has expired"), cancelled_by="System")
			released += 1
		frappe.db.commit()
	return released
