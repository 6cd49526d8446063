"""Patients who did not come: marked minutes after the grace, offered another time within two days (F18)."""

from collections.abc import Callable
from datetime import timedelta

import frappe

from lab_crm.booking import availability, policy, reactions
from lab_crm.messaging import outbox, russian
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal
from lab_crm.utils.workflow import system_move

# How far back the scheduler looks after it has stood still.
LOOK_BACK = timedelta(days=7)
# Somebody who is only late shall not read that he has missed his visit.
LATER = timedelta(minutes=30)
FUTURE = ("Held", "Booked", "Confirmed")


def mark_due() -> int:
	"""Mark the no-shows whose grace is over (scheduler, every minute); return how many."""
	now = clock.now()
	filters = {"status": ("in", reactions.EXPECTED), "start": ("between", [now - LOOK_BACK, now])}
	names = frappe.get_all("Booking", filters, pluck="name", order_by="start", limit=500)
	return sum(_alone(name, _mark) for name in names)


def offer_due() -> int:
	"""Offer another time to those who did not come (scheduler); each once. Return how many."""
	now = clock.now()
	filters = {"status": "No Show", "start": ("between", [now - LOOK_BACK, now])}
	names = frappe.get_all("Booking", filters, pluck="name", order_by="start")
	known = _told(names)
	return sum(_alone(name, _offer) for name in names if name not in known)


def _mark(doc) -> bool:
	grace = policy.of(doc).no_show_grace_minutes
	# Checked in or cancelled meanwhile, in another transaction.
	if doc.status not in reactions.EXPECTED or not grace:
		return False
	if clock.now() < doc.start + timedelta(minutes=grace):
		return False
	system_move(doc, "No Show")
	return True


def _offer(doc) -> bool:
	rules, now = policy.of(doc), clock.now()
	from_ = doc.start + timedelta(minutes=rules.no_show_grace_minutes) + LATER
	until = doc.start + timedelta(hours=rules.rebook_hours)
	if doc.status != "No Show" or not from_ <= now < until or _will_come(doc):
		return False
	reactions.missed(doc, _next_time(doc), until)
	return True


def _will_come(doc) -> bool:
	filters = {"patient": doc.patient, "status": ("in", FUTURE), "start": (">", clock.now())}
	return bool(frappe.db.exists("Booking", filters))


def _next_time(doc) -> str:
	"""The nearest free time for the same visit to the same specialist, in words; empty when there is none."""
	services = [row.service for row in doc.services]
	try:
		wish = availability.wish_for(doc.branch, services, specialist=doc.specialist)
	except Refusal:
		return ""  # not booked online any more: the message says whom to call
	today = clock.to_zone(clock.now(), wish.network.zone).date()
	found = availability.first(wish, today + timedelta(days=1), availability.DEFAULT_DAYS)
	if not found:
		return ""
	start = frappe.utils.get_datetime(found["start"])
	return f"{russian.day_month(start, today)}, {start:%H:%M}"


def _told(names: list[str]) -> set[str]:
	keys = {outbox.idempotency_key(reactions.MISSED, ("Booking", name)): name for name in names}
	if not keys:
		return set()
	filters = {"idempotency_key": ("in", list(keys))}
	return {keys[key] for key in frappe.get_all("Message", filters, pluck="idempotency_key")}


def _alone(name: str, step: Callable[..., bool]) -> bool:
	"""Do a step for one booking in a transaction of its own: a fault of one must not stop the others."""
	try:
		return step(frappe.get_doc("Booking", name, for_update=True))
	except Exception:
		frappe.db.rollback()
		frappe.log_error(title=f"{step.__name__}: {name}", message=frappe.get_traceback())
		return False
	finally:
		frappe.db.commit()
