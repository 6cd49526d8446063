"""What a saved Booking means: slots kept right before it is written, events after."""

from datetime import datetime
from typing import Any

from frappe import _
from frappe.utils import cint, get_datetime

from lab_crm.booking import availability, claims, live, opening_hours, placing
from lab_crm.booking.availability import Wish
from lab_crm.catalogue import price_book
from lab_crm.journey import events
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal

PLACE_FIELDS = ("start", "branch", "specialist", "resource", "override_schedule")
MOVED_FIELDS = ("start", "branch", "specialist")
STATUS_EVENTS = {
	"Confirmed": "booking.confirmed",
	"Cancelled": "booking.cancelled",
	"No Show": "booking.no_show",
}


def settle(doc) -> None:
	"""Keep a booking's claims in step with its time, place, services and status (before it is written).

	Raises:
		Refusal: as `placing.check_start` and `placing.place`, OVERRIDE_REASON_REQUIRED.
	"""
	if doc.flags.placed:
		return
	if doc.status not in placing.OCCUPYING:
		claims.release(doc.name)
	elif _must_place(doc):
		_place(doc)


def priced(doc, rows: tuple[Any, ...], day: datetime) -> None:
	"""Fill the rows of services with names, lengths and prices, and sum up the prices and the names.

	Args:
		rows: the Lab Service rows, in the order of `doc.services`.
		day: start of the visit in the branch's zone.
	"""
	found = price_book.prices_of([row.name for row in rows], doc.branch, day.date(), doc.funding)
	for line, row in zip(doc.services, rows, strict=True):
		price = found.get(row.name)
		line.update(
			{
				"service_name": row.service_name,
				"kind": row.kind,
				"duration_minutes": row.duration_minutes,
				"price": price.price if price and not doc.free_reason else 0,
				"currency": price.currency if price else "RUB",
			}
		)
	doc.total = sum(line.price for line in doc.services)
	# A list shows no rows of a table.
	doc.service_names = ", ".join(line.service_name for line in doc.services)


def write_slot(doc, slot) -> None:
	"""Put a placed slot into the booking's fields."""
	doc.start = placing.stored_time(slot.first)
	doc.end = placing.stored_time(slot.end)
	doc.set("legs", [])
	for leg in placing.legs_of(slot):
		doc.append("legs", leg)
	doc.specialist = next((leg.specialist for leg in doc.legs if leg.specialist), None)
	doc.resource = next((leg.resource for leg in doc.legs if leg.resource), None)


def announce(doc) -> None:
	"""Emit the events of what has just been written."""
	live.booking_changed(doc)
	before = doc.get_doc_before_save()
	if before is None:
		_emit("booking.created", doc)
	else:
		_announce_change(doc, before)
	if doc.flags.pop("prepayment_due", None):
		_emit("booking.prepayment_due", doc, amount=float(doc.prepayment))


def _announce_change(doc, before) -> None:
	moved = any(_differs(doc, before, field) for field in MOVED_FIELDS)
	if moved and doc.status in placing.OCCUPYING:
		_emit("booking.rescheduled", doc, old_start=str(before.start), old_branch=before.branch)
	if doc.status != before.status:
		was_held = before.status == "Held" and doc.status == "Booked"
		event = "booking.confirmed" if was_held else STATUS_EVENTS.get(doc.status)
		if event:
			_emit(event, doc, old_status=before.status)


def _emit(event: str, doc, **details) -> None:
	events.emit(
		event,
		booking=doc.name,
		patient=doc.patient,
		inquiry=doc.inquiry,
		call=doc.call_id,
		specialist=doc.specialist,
		branch=doc.branch,
		start=str(doc.start),
		status=doc.status,
		**details,
	)


def _must_place(doc) -> bool:
	before = doc.get_doc_before_save()
	if before is None or before.status not in placing.OCCUPYING:
		return True
	if _differs(doc, before, "funding") and get_datetime(doc.start) > clock.now():
		return True
	return any(_differs(doc, before, field) for field in PLACE_FIELDS) or _other_services(doc, before)


def _place(doc) -> None:
	wish = _wish(doc)
	start = get_datetime(doc.start)
	cell = placing.cell_of(start) if _has_come_late(doc) else placing.check_start(wish, start)
	if not doc.is_new():
		claims.release(doc.name)
	write_slot(doc, placing.place(wish, doc.name, cell))
	_restore_order(doc, wish)
	priced(doc, wish.services, clock.to_zone(doc.start, wish.network.zone))


def _wish(doc) -> Wish:
	if doc.override_schedule and not (doc.override_reason or "").strip():
		message = _("Say why the booking is outside the schedule")
		raise Refusal("OVERRIDE_REASON_REQUIRED", message, field="override_reason")
	return availability.wish_for(
		doc.branch,
		[row.service for row in doc.services],
		online=bool(doc.flags.online),
		specialist=_named(doc, "specialist", ("branch",)),
		resource=_named(doc, "resource", PLACE_FIELDS),
		moving=None if doc.is_new() else doc.name,
		funding=doc.funding or opening_hours.SELF_PAY,
		off_schedule=bool(cint(doc.override_schedule)) or _has_come_late(doc),
	)


def _has_come_late(doc) -> bool:
	"""A no-show who has come after all: the time is past and was his."""
	before = doc.get_doc_before_save()
	return bool(before and before.status == "No Show" and not _differs(doc, before, "start"))


def _named(doc, field: str, chosen_anew_on: tuple[str, ...]) -> str | None:
	"""The specialist or room that a person asked for; the one that the system chose is chosen anew when
	these fields change.
	"""
	if field in (doc.flags.named or {}):
		return doc.flags.named[field]
	before = doc.get_doc_before_save()
	if before is None or _differs(doc, before, field):
		return doc.get(field) or None
	anew = _other_services(doc, before) or any(_differs(doc, before, one) for one in chosen_anew_on)
	return None if anew else doc.get(field) or None


def _other_services(doc, before) -> bool:
	return [row.service for row in doc.services] != [row.service for row in before.services]


def _restore_order(doc, wish: Wish) -> None:
	"""Drop services entered twice: the visit needs each once, and prices are paired by order."""
	first = {}
	for line in doc.services:
		first.setdefault(line.service, line)
	doc.services = [first[row.name] for row in wish.services]
	for number, line in enumerate(doc.services, 1):
		line.idx = number


def _differs(doc, before, field: str) -> bool:
	new, old = doc.get(field), before.get(field)
	if field == "start":
		return get_datetime(new) != get_datetime(old)
	return (new or None) != (old or None)
