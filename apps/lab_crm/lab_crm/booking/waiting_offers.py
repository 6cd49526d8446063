"""A time has become free: it is held for the best of those who wait and offered by message, then to the next.

The offer is a held Booking, so the database keeps a time from being offered twice or sold meanwhile.
Subscribers are idempotent: delivered again, they find the time taken by the first delivery.
"""

from datetime import datetime, timedelta

import frappe
from frappe import _
from frappe.utils import get_datetime

from lab_crm.booking import availability, cells, placing, policy, reactions, waiting_list, writing
from lab_crm.booking.availability import Wish
from lab_crm.booking.cells import Window
from lab_crm.booking.waiting_list import DOCTYPE, ONLINE_CHANNELS
from lab_crm.booking.waiting_match import in_order, touches
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal
from lab_crm.utils.names import random_name
from lab_crm.utils.workflow import system_move

COLUMNS = ("name", "is_urgent", "specialist", "creation")


def cancelled(event) -> None:
	"""Offer the time of a cancelled booking; an offer that was refused or left unanswered goes to the next.

	Args:
		event: the Journey Event `booking.cancelled`.
	"""
	doc = frappe.get_doc("Booking", event.booking)
	if doc.status != "Cancelled":
		return
	answer = _("Not answered in time") if doc.cancelled_by == "System" else _("Declined")
	waiting_list.close_offer(doc.name, "Waiting", answer)
	offer_freed(doc.branch, doc.start, doc.end, doc.specialist)


def rescheduled(event) -> None:
	"""Offer the time that a moved booking has left.

	Args:
		event: the Journey Event `booking.rescheduled`.
	"""
	doc = frappe.get_doc("Booking", event.booking)
	start = get_datetime(event.details["old_start"])
	offer_freed(event.details["old_branch"], start, start + (doc.end - doc.start), doc.specialist)


def booked(event) -> None:
	"""Take off the list whoever has booked: the offer, or the same services without waiting any longer.

	Args:
		event: the Journey Event `booking.created` or `booking.confirmed`.
	"""
	doc = frappe.get_doc("Booking", event.booking)
	if doc.status not in reactions.EXPECTED:
		return
	waiting_list.close_offer(doc.name, "Booked")
	mine = {"patient": doc.patient, "branch": doc.branch, "status": "Waiting"}
	services = {row.service for row in doc.services}
	for name in frappe.get_all(DOCTYPE, mine, pluck="name"):
		entry = frappe.get_doc(DOCTYPE, name, for_update=True)
		if entry.status == "Waiting" and {row.service for row in entry.services} <= services:
			entry.update({"status": "Booked", "booking": doc.name})
			entry.save(ignore_permissions=True)  # safe: follows from the patient's own booking


def offer_freed(branch: str, start: datetime, end: datetime, specialist: str | None = None) -> int:
	"""Offer what is free between two stored times to those who wait, each seat to one; return how many.

	Args:
		branch: name of the Lab Branch.
		specialist: whose time it was.
	"""
	if end <= clock.now():
		return 0
	zone = frappe.get_cached_value("Lab Branch", branch, "timezone")
	day = clock.to_zone(start, zone).date()
	filters = {"branch": branch, "status": "Waiting", "date_from": ("<=", day), "date_to": (">=", day)}
	rows = frappe.get_all(DOCTYPE, filters, COLUMNS)
	return sum(_offer(row.name, start, end) for row in in_order(rows, specialist))


def _offer(name: str, start: datetime, end: datetime) -> bool:
	entry = frappe.get_doc(DOCTYPE, name, for_update=True)
	if entry.status != "Waiting":
		return False
	try:
		wish = _wish(entry)
		cell = _best_start(entry, wish, placing.cell_of(start), placing.cell_of(end))
		if cell is None:
			return False
		booking = _hold(entry, wish, cell)
	except Refusal as refusal:
		# Not done here online any more, or somebody was faster: the list is worked on with the next entry.
		entry.db_set("last_answer", refusal.message[:140])
		return False
	return _tell(entry, booking)


def _wish(entry) -> Wish:
	return availability.wish_for(
		entry.branch,
		[row.service for row in entry.services],
		online=entry.channel in ONLINE_CHANNELS,
		specialist=entry.specialist or None,
	)


def _best_start(entry, wish: Wish, first: int, end: int) -> int | None:
	"""Return the start nearest to the beginning of the freed cells at which the visit suits and uses some."""
	zone, wanted = wish.network.zone, waiting_list.wanted_of(entry)
	day = cells.time_at(first, zone).date()
	window = Window(day, cells.time_at(end, zone).date(), zone)
	search = availability.search_in(wish, window)
	soonest = placing.cell_of(clock.now()) + cells.cells_of(_minutes(entry))
	found = []
	for bit in availability.starts(search, wish):
		slot = search.slot(bit)
		local = [cells.time_at(cell, zone).replace(tzinfo=None) for cell in (slot.first, slot.end)]
		uses = touches((slot.first, slot.end), (first, end))
		if uses and slot.first > soonest and wanted.suits(*local):
			found.append(slot.first)
	return min(found, key=lambda cell: (abs(cell - first), cell), default=None)


def _hold(entry, wish: Wish, cell: int):
	"""Hold the time for the entry's patient and return the Booking."""
	name = random_name("BKG")
	slot = placing.place(wish, name, cell)
	card = frappe.get_doc("Patient", entry.patient)
	until = clock.now() + timedelta(minutes=_minutes(entry))
	source = {"channel": entry.channel}
	doc = writing.write(name, wish, slot, card, source, status="Held", hold_until=until)
	entry.update({"status": "Offered", "booking": doc.name, "offered_until": until, "last_answer": ""})
	entry.update({"last_start": doc.start, "last_end": doc.end})
	entry.save(ignore_permissions=True)  # safe: the system's own offer
	return doc


def _tell(entry, booking) -> bool:
	"""Send the offer; a time is not kept for somebody whom no message reaches."""
	booking = frappe.get_doc("Booking", booking.name)  # as it is stored
	message = reactions.offer(booking, _minutes(entry))
	if message.status == "Suppressed":
		reason = _("The offer was not sent")
		system_move(booking, "Cancelled", cancel_reason=reason, cancelled_by="System")
		waiting_list.close_offer(booking.name, "Waiting", f"{reason}: {message.reason_code}")
		return False
	# In the patient's quiet hours the message waits for the morning, and the time with it.
	morning = message.scheduled_at + timedelta(minutes=_minutes(entry))
	until = max(booking.hold_until, min(morning, booking.start))
	if until > booking.hold_until:
		booking.db_set("hold_until", until)
		frappe.db.set_value(DOCTYPE, entry.name, "offered_until", until)
	return True


def _minutes(entry) -> int:
	return policy.for_visit(entry.branch, {row.kind for row in entry.services}).offer_minutes
