"""The waiting list (F9): who waits for which time, and the answer to an offer."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

import frappe
from frappe import _
from frappe.utils import getdate

from lab_crm.booking import availability, service
from lab_crm.booking.availability import Wish
from lab_crm.booking.waiting_match import WEEKDAYS, Wanted
from lab_crm.privacy import consents as privacy
from lab_crm.utils import clock, tokens
from lab_crm.utils.errors import Refusal
from lab_crm.utils.once import insert_once
from lab_crm.utils.workflow import system_move

DOCTYPE = "Waiting List Entry"
TOKEN = "waiting"
OPEN = ("Waiting", "Offered")
MOST_OPEN, MOST_DAYS = 5, 92
GIVE_UP_AFTER = 3
ONLINE_CHANNELS = ("Website", "Messenger")


@service.retried
def join(
	branch: str,
	services: list[str],
	patient: Mapping[str, Any],
	consents: list[str],
	wanted: Wanted,
	specialist: str | None = None,
	comment: str = "",
	evidence: str = "",
	channel: str = "Website",
):
	"""Put a person on the waiting list and return the entry; asked twice, it is one entry.

	Args:
		branch, services, patient, consents, specialist: as in `service.create`.
		wanted: when it suits.
		comment: the patient's words.
		evidence: how the consents were given.
		channel: an option of the entry's field; Website and Messenger follow the rules of online booking.

	Raises:
		Refusal: as `availability.wish_for` and `service.check_patient`; RANGE_INVALID, HOURS_INVALID,
			WAITING_TOO_MANY (409).
	"""
	online = channel in ONLINE_CHANNELS
	wish = availability.wish_for(branch, services, online=online, specialist=specialist or None)
	check_wanted(wanted)
	service.check_patient(patient, consents, wish)
	card = service.card_of(patient, online=wish.online)
	privacy.give_all(card.name, consents, evidence or _("Given to the operator"))
	doc = _new(
		wish, card.name, wanted, {"specialist": wish.specialist, "channel": channel, "comment": comment}
	)
	known = frappe.db.get_value(DOCTYPE, {"open_key": doc.open_key})
	return frappe.get_doc(DOCTYPE, known) if known else insert_once(doc, "open_key")


def _new(wish: Wish, patient: str, wanted: Wanted, fields: Mapping[str, Any]):
	doc = frappe.new_doc(DOCTYPE)
	doc.update(
		{
			"patient": patient,
			"branch": wish.network.branch,
			"date_from": wanted.date_from,
			"date_to": wanted.date_to,
			"time_from": _text(wanted.time_from),
			"time_to": _text(wanted.time_to),
			**{WEEKDAYS[number]: 1 for number in wanted.weekdays},
			**fields,
			"services": [{"service": row.name} for row in wish.services],
		}
	)
	doc.open_key = open_key(doc)
	return doc


def check_wanted(wanted: Wanted) -> None:
	"""Refuse a time that cannot come.

	Raises:
		Refusal: RANGE_INVALID, HOURS_INVALID.
	"""
	days = (wanted.date_to - wanted.date_from).days
	if days < 0 or days >= MOST_DAYS or wanted.date_to < clock.now().date():
		message = _("Ask for 1 to {0} days, the first before the last").format(MOST_DAYS)
		raise Refusal("RANGE_INVALID", message, field="date_to")
	if wanted.time_from and wanted.time_to and wanted.time_to < wanted.time_from:
		raise Refusal("HOURS_INVALID", _("The latest start is before the earliest"), field="time_to")


def check_number(doc) -> None:
	"""Refuse a person who is on the list too often already.

	Raises:
		Refusal: WAITING_TOO_MANY (409).
	"""
	filters = {"patient": doc.patient, "status": ("in", OPEN), "name": ("!=", doc.name or "")}
	if frappe.db.count(DOCTYPE, filters) >= MOST_OPEN:
		message = _("You are on the waiting list {0} times already. Leave one of them first").format(
			MOST_OPEN
		)
		raise Refusal("WAITING_TOO_MANY", message, status=409)


def open_key(doc) -> str | None:
	"""Return the key that keeps one open entry of one wish of a patient; None for a closed entry."""
	if doc.status not in OPEN:
		return None
	days = [bool(doc.get(day)) for day in WEEKDAYS]
	hours = (_time(doc.time_from), _time(doc.time_to))
	when = [str(part) for part in (getdate(doc.date_from), getdate(doc.date_to), *hours)]
	services = sorted(row.service for row in doc.services)
	asked = [doc.patient, doc.branch, doc.specialist or "", services, days, when]
	return hashlib.sha256(json.dumps(asked).encode()).hexdigest()


def wanted_of(doc) -> Wanted:
	"""Return when an entry's visit suits."""
	missed = None
	if doc.last_start:
		zone = frappe.get_cached_value("Lab Branch", doc.branch, "timezone")
		missed = tuple(
			clock.to_zone(moment, zone).replace(tzinfo=None) for moment in (doc.last_start, doc.last_end)
		)
	return Wanted(
		getdate(doc.date_from),
		getdate(doc.date_to),
		frozenset(number for number, day in enumerate(WEEKDAYS) if doc.get(day)),
		_time(doc.time_from),
		_time(doc.time_to),
		missed,
	)


def leave_token(doc) -> str:
	"""Return the token by which the patient leaves the list."""
	days = (getdate(doc.date_to) - clock.now().date()) / timedelta(days=1) + 1
	return tokens.issue(TOKEN, doc.name, max(days, 1))


@service.retried
def leave(token: str):
	"""Take the entry behind a link off the list and return it; leaving twice is leaving once.

	Raises:
		Refusal: LINK_INVALID (404).
	"""
	name = tokens.read(TOKEN, token)
	if not name or not frappe.db.exists(DOCTYPE, name):
		raise Refusal("LINK_INVALID", _("The link is wrong or out of date"), field="token", status=404)
	doc = frappe.get_doc(DOCTYPE, name, for_update=True)
	if doc.status in OPEN:
		held = doc.booking if doc.status == "Offered" else None
		doc.update({"status": "Cancelled", "offered_until": None})
		doc.save(ignore_permissions=True)  # safe: whoever holds the token is the one who waits
		booking = frappe.get_doc("Booking", held, for_update=True) if held else None
		if booking and booking.status == "Held":
			reason = _("Left the waiting list")
			system_move(booking, "Cancelled", cancel_reason=reason, cancelled_by="Patient")
	return doc


@service.retried
def accept(booking: str):
	"""Make a booking of the time that was offered to somebody on the list; return the Booking.

	Args:
		booking: name, taken from a signed token; accepting twice is accepting once.

	Raises:
		Refusal: OFFER_OVER (409).
	"""
	doc = frappe.get_doc("Booking", booking, for_update=True)
	if doc.status in ("Booked", "Confirmed"):
		return doc
	if not offered_until(doc):
		message = _("The time was kept for you and is now free for others. You are still on the waiting list")
		raise Refusal("OFFER_OVER", message, status=409)
	system_move(doc, "Booked")
	close_offer(booking, "Booked")
	return doc


def offered_until(doc) -> datetime | None:
	"""Return until when (stored time) a booking is an open offer to its patient; None if it is none."""
	if doc.status != "Held" or not doc.hold_until or doc.hold_until <= clock.now():
		return None
	is_offer = frappe.db.exists(DOCTYPE, {"booking": doc.name, "status": "Offered"})
	return doc.hold_until if is_offer else None


def close_offer(booking: str, status: str, answer: str = "") -> None:
	"""End the offer of a booking: Booked, or Waiting again with the reason; nothing if it was ended before.

	After several offers that came to nothing the entry is closed.
	"""
	name = frappe.db.get_value(DOCTYPE, {"booking": booking, "status": "Offered"})
	doc = frappe.get_doc(DOCTYPE, name, for_update=True) if name else None
	if not doc or doc.status != "Offered":
		return
	doc.update({"status": status, "offered_until": None, "last_answer": answer})
	if status == "Waiting":
		doc.update({"booking": None, "offers_missed": (doc.offers_missed or 0) + 1})
		if doc.offers_missed >= GIVE_UP_AFTER:
			doc.status = "Expired"
	doc.save(ignore_permissions=True)  # safe: follows from what became of the patient's own booking


def expire() -> int:
	"""Close the entries whose days are over (scheduler); return how many."""
	before = clock.now().date()
	names = frappe.get_all(DOCTYPE, {"status": "Waiting", "date_to": ("<", before)}, pluck="name")
	for name in names:
		doc = frappe.get_doc(DOCTYPE, name, for_update=True)
		if doc.status == "Waiting":
			doc.status = "Expired"
			doc.save(ignore_permissions=True)  # safe: run by the scheduler only
		frappe.db.commit()
	return len(names)


def _time(value: time | str | None) -> time | None:
	"""Read an hour as people write it, 8:30. It is a text because a Time field is full in a new form."""
	if isinstance(value, time) or not value:
		return value or None
	try:
		return datetime.strptime(value.strip(), "%H:%M").time()
	except ValueError:
		message = _("Write the time as 08:30")
		raise Refusal("HOURS_INVALID", message, field="time_from") from None


def _text(value: time | None) -> str | None:
	return f"{value:%H:%M}" if value else None
