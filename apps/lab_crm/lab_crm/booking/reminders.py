"""Reminders before the visit, by the plan of the Booking Policy; by default one, a day before (F4)."""

from datetime import datetime, timedelta

import frappe

from lab_crm.booking import policy, reactions
from lab_crm.messaging import outbox
from lab_crm.utils import clock

# How late a reminder may still go, after the scheduler has stood still.
TOLERANCE = timedelta(hours=6)


def send_due() -> int:
	"""Queue the reminders whose time has come (scheduler); return how many. One that was sent is never sent
	again.
	"""
	now = clock.now()
	due = [one for name in _expected(now) for one in _due(frappe.get_doc("Booking", name), now)]
	known = _already_sent(due)
	sent = 0
	for doc, event, hours in due:
		if _key(doc, event, hours) not in known:
			sent += _remind(doc, event, hours)
	return sent


def _expected(now: datetime) -> list[str]:
	"""Bookings that may need a reminder now: those not nearer and not farther than any policy's reminders."""
	hours = frappe.get_all("Policy Reminder", pluck="hours_before") or [
		hours for hours, _event in policy.Policy().reminders
	]
	return frappe.get_all(
		"Booking",
		filters={
			"status": ("in", reactions.EXPECTED),
			"start": ("between", [now, now + timedelta(hours=max(hours))]),
		},
		pluck="name",
		order_by="start",
	)


def _due(doc, now: datetime):
	for hours, event in policy.of(doc).reminders:
		moment = doc.start - timedelta(hours=hours)
		# Who booked after that moment has only just been told.
		if doc.creation < moment <= now < min(moment + TOLERANCE, doc.start):
			yield doc, event, hours


def _already_sent(due) -> set[str]:
	keys = [_key(*one) for one in due]
	if not keys:
		return set()
	return set(frappe.get_all("Message", {"idempotency_key": ("in", keys)}, pluck="idempotency_key"))


def _key(doc, event: str, hours: int) -> str:
	return outbox.idempotency_key(event, doc, reactions.reminder_occasion(doc.start, hours))


def _remind(doc, event: str, hours: int) -> bool:
	"""Remind of one booking in a transaction of its own: a fault of one must not silence the others."""
	try:
		reactions.remind(doc, event, hours)
	except Exception:
		frappe.db.rollback()
		frappe.log_error(title=f"{event}: {doc.name}", message=frappe.get_traceback())
		return False
	finally:
		frappe.db.commit()
	return True
