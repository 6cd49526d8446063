"""What a patient is told about a booking. Idempotent on the event: it may be delivered more than once."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import frappe
from frappe import _
from frappe.utils import fmt_money, get_url

from lab_crm.booking import service, view
from lab_crm.catalogue.services import preparation_text
from lab_crm.messaging import calendar_file, outbox, russian
from lab_crm.utils import clock

EXPECTED = ("Booked", "Confirmed")
CREATED, RESCHEDULED, CANCELLED = "booking.created", "booking.rescheduled", "booking.cancelled"
OFFERED = "waiting_list.offer"
PREPAYMENT, RELEASED, MISSED = "booking.prepayment", "booking.released", "booking.missed"


def created(event) -> None:
	"""Confirm a new booking: when, where, how to prepare, and the calendar file.

	Without a preferred channel it goes as a text message, which is seen at once, and as a letter, which
	holds the calendar file.

	Args:
		event: the Journey Event `booking.created`.
	"""
	doc = frappe.get_doc("Booking", event.booking)
	if doc.status == "Held" and doc.prepayment:
		_tell(PREPAYMENT, doc, _prepayment(doc))
	if doc.status not in EXPECTED:
		return
	for channel in _confirmation_channels(doc.patient):
		_tell(CREATED, doc, channel=channel)


def confirmed(event) -> None:
	"""Confirm a booking that was held until now; a patient's own confirmation needs no answer.

	Args:
		event: the Journey Event `booking.confirmed`.
	"""
	if event.details.get("old_status") == "Held":
		created(event)


def rescheduled(event) -> None:
	"""Tell the new time.

	Args:
		event: the Journey Event `booking.rescheduled`.
	"""
	doc = frappe.get_doc("Booking", event.booking)
	if doc.status not in EXPECTED:
		return
	old = frappe.utils.get_datetime(event.details["old_start"])
	old_branch = frappe.get_cached_doc("Lab Branch", event.details["old_branch"])
	before = view.local(old, old_branch)
	more = {"old_date": russian.day_month(before), "old_time": f"{before:%H:%M}"}
	_tell(RESCHEDULED, doc, more, occasion=event.name)


def cancelled(event) -> None:
	"""Confirm a cancellation, and offer to book again; a booking that nobody ever promised is not mentioned.

	Args:
		event: the Journey Event `booking.cancelled`.
	"""
	doc = frappe.get_doc("Booking", event.booking)
	was_held = event.details.get("old_status") == "Held"
	if was_held and doc.prepayment and doc.cancelled_by == "System":
		_tell(RELEASED, doc, _prepayment(doc))
	elif doc.status == "Cancelled" and doc.start > clock.now() and not was_held:
		_tell(CANCELLED, doc, {"reason": doc.cancel_reason}, occasion=event.name)


def remind(doc, event: str, hours: int) -> None:
	"""Remind of a booking.

	Args:
		doc: the Booking.
		event: message event of the reminder, from the policy.
		hours: before the visit.
	"""
	_tell(event, doc, {"hours": hours}, occasion=reminder_occasion(doc.start, hours))


def offer(doc, minutes: int):
	"""Offer a time that has become free to somebody on the waiting list; return the Message.

	Args:
		doc: the held Booking.
		minutes: how long it is kept.
	"""
	return _tell(OFFERED, doc, {"hold_minutes": minutes})


def missed(doc, next_time: str, until: datetime):
	"""Offer another time to somebody who did not come; return the Message.

	Args:
		doc: the Booking.
		next_time: the nearest free time in words; empty when there is none.
		until: stored time after which the offer has no sense.
	"""
	services = ",".join(row.service for row in doc.services)
	link = get_url(f"/book?branch={doc.branch}&services={services}&utm_source=no_show")
	return _tell(MISSED, doc, {"next_time": next_time, "booking_link": link}, until=until)


def _prepayment(doc) -> dict[str, Any]:
	minutes = (doc.hold_until - clock.now()).total_seconds() / 60 if doc.hold_until else 0
	return {"amount": fmt_money(doc.prepayment, 2, "RUB"), "hold_minutes": max(int(minutes), 0)}


def reminder_occasion(start, hours: int) -> str:
	"""Return what makes one reminder different from another; a moved booking is reminded of anew."""
	return f"{start:%Y%m%d%H%M}-{hours}"


def _tell(
	event: str,
	doc,
	more: dict[str, Any] | None = None,
	occasion: str = "",
	channel: str | None = None,
	until: datetime | None = None,
):
	branch = frappe.get_cached_doc("Lab Branch", doc.branch)
	file = calendar_file.attachment(f"{doc.name}.ics", view.calendar(doc))
	return outbox.queue(
		event,
		patient=doc.patient,
		context={**_context(doc, branch), **(more or {})},
		reference=doc,
		channel=channel,
		attachments=[file],
		expires_at=until or doc.start,
		occasion=occasion,
		zone=branch.timezone,
	)


def _context(doc, branch) -> dict[str, Any]:
	translate = _translator(doc.patient)
	start = view.local(doc.start, branch)
	today = view.local(clock.now(), branch).date()
	codes = [row.service for row in doc.services]
	return {
		"date": russian.day_month(start, today),
		"weekday": russian.weekday(start),
		"time": f"{start:%H:%M}",
		"day": russian.near_day(start.date(), today),
		"branch": branch.branch_name,
		"address": branch.address or "",
		"how_to_find": branch.how_to_find or "",
		"specialist": view.specialist_name(doc) or "",
		"preparation": preparation_text(codes),
		"bring": translate("a passport and the doctor's referral if you have one"),
		"manage_link": service.manage_url(doc),
		"booking_link": get_url(f"/book?branch={doc.branch}"),
	}


def _translator(patient: str) -> Callable[[str], str]:
	"""Translate into the patient's language: a job of a guest's booking has none of its own."""
	language = frappe.db.get_value("Patient", patient, "language") or frappe.get_system_settings("language")
	return lambda text: _(text, language)


def _confirmation_channels(patient: str) -> list[str | None]:
	row = frappe.db.get_value("Patient", patient, ["preferred_channel", "mobile", "email"], as_dict=True)
	if row.preferred_channel or not (row.mobile and row.email):
		return [None]
	kinds = ("SMS", "Email")
	rows = frappe.get_all("Message Channel", {"is_enabled": 1, "kind": ("in", kinds)}, ["name", "kind"])
	return [row.name for row in sorted(rows, key=lambda row: kinds.index(row.kind))] or [None]
