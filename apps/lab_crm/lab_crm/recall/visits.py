"""Who was last seen when for a set of services, and has nothing later: one statement a week of visits.

Laboratory tests are seen in finished orders, everything else (consultations, procedures, certificates) in
completed bookings. Whoever has a later order of these services, or a later or coming booking, is not invited.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time

import frappe
from frappe.query_builder import Case
from frappe.query_builder.functions import Coalesce, Date, Min
from pypika.terms import Criterion, ExistsCriterion

LABORATORY = ("Test", "Panel")
NOT_COMING = ("Cancelled", "No Show")
CAME = ("Checked In", "Completed")
# A rejected order is mended and sent again; a cancelled one is nothing.
NO_ORDER = ("Cancelled",)


@dataclass(frozen=True)
class Watched:
	"""The services of a rule.

	Args:
		services: the services themselves.
		laboratory, other: those seen in orders, and those seen in bookings.
		booked_as: what a patient books to have one of them: themselves and the panels they are part of.
	"""

	services: tuple[str, ...]
	laboratory: tuple[str, ...]
	other: tuple[str, ...]
	booked_as: tuple[str, ...]


@dataclass(frozen=True)
class Seen:
	"""A patient's last visit for a rule's services.

	Args:
		patient: name.
		service: one of the rule's services, done then.
		done_on: the day it was completed, from which months are counted.
		visited_on: the day the patient came; it tells this visit from others.
		order: name of the Lab Order, None when it was no matter of the laboratory.
	"""

	patient: str
	service: str
	done_on: date
	visited_on: date
	order: str | None


def watched(rule) -> Watched:
	"""Return what a Recall Rule watches: its one service, or all of its category."""
	chosen = {"name": rule.service} if rule.service else {"category": rule.category}
	kinds = dict(frappe.get_all("Lab Service", chosen, ["name", "kind"], order_by="name", as_list=True))
	panels = frappe.get_all("Panel Item", {"service": ("in", list(kinds))}, pluck="parent") if kinds else []
	return Watched(
		services=tuple(kinds),
		laboratory=tuple(name for name, kind in kinds.items() if kind in LABORATORY),
		other=tuple(name for name, kind in kinds.items() if kind not in LABORATORY),
		booked_as=tuple(sorted({*kinds, *panels})),
	)


def branch_of(patient: str) -> str | None:
	"""Return the branch where a patient was last or is expected, None for one who was nowhere."""
	found: list[tuple[datetime, str]] = []
	for doctype, moment in (("Lab Order", "ordered_at"), ("Booking", "start")):
		filters = {"patient": patient, "status": ("not in", NOT_COMING), moment: ("is", "set")}
		columns, newest = [moment, "branch"], f"{moment} desc"
		found += frappe.get_all(doctype, filters, columns, order_by=newest, limit=1, as_list=True)
	return max(found)[1] if found else None


def last_seen(what: Watched, first: date, end: date, today: date) -> Iterator[Seen]:
	"""Yield active patients whose last visit for these services was completed from `first` to before `end`.

	Args:
		what: the services.
		first, end: days of the site; one slice of `due.slices`.
		today: day of the site; a booking from here on is still to come.
	"""
	span = (datetime.combine(first, time.min), datetime.combine(end, time.min))
	now = datetime.combine(today, time.min)
	for rows in (_from_orders(what, span, now), _from_bookings(what, span, now)):
		for row in rows:
			yield Seen(*row)


def _from_orders(what: Watched, span: tuple[datetime, datetime], now: datetime) -> list[tuple]:
	if not what.laboratory:
		return []
	order, item, patient, visit = map(frappe.qb.DocType, ("Lab Order", "Lab Order Item", "Patient", "Visit"))
	service = Case().when(item.service.isin(what.laboratory), item.service).else_(item.from_panel)
	query = (
		frappe.qb.from_(order)
		.join(item).on((item.parent == order.name) & _is_of(item, what.laboratory))
		.join(patient).on((patient.name == order.patient) & (patient.status == "Active"))
		.left_join(visit).on(visit.name == order.visit)
		.select(order.patient, Min(service), Date(order.completed_on), Date(order.ordered_at), order.name)
		.where((order.status == "Ready") & (order.completed_on >= span[0]) & (order.completed_on < span[1]))
		.where(_later_order(order.patient, order.ordered_at, what, but=order).negate())
		.where(_later_booking(order.patient, order.ordered_at, what, now, but=visit.booking).negate())
		.groupby(order.name)
	)  # fmt: skip
	return query.run()


def _from_bookings(what: Watched, span: tuple[datetime, datetime], now: datetime) -> list[tuple]:
	if not what.other:
		return []
	booking, row, patient = (frappe.qb.DocType(name) for name in ("Booking", "Booking Service", "Patient"))
	day = Date(booking.start)
	query = (
		frappe.qb.from_(booking)
		.join(row).on((row.parent == booking.name) & row.service.isin(what.other))
		.join(patient).on((patient.name == booking.patient) & (patient.status == "Active"))
		.select(booking.patient, Min(row.service), day, day)
		.where((booking.status == "Completed") & (booking.start >= span[0]) & (booking.start < span[1]))
		.where(_later_order(booking.patient, booking.start, what).negate())
		.where(_later_booking(booking.patient, booking.start, what, now).negate())
		.groupby(booking.name)
	)  # fmt: skip
	return [(*found, None) for found in query.run()]


def _is_of(item, services: tuple[str, ...]) -> Criterion:
	"""Say that a line of an order is one of the services, by itself or as part of a panel."""
	return (item.service.isin(services) | item.from_panel.isin(services)) & (item.status != "Cancelled")


def _later_order(patient, moment, what: Watched, but=None) -> ExistsCriterion:
	"""Say that a patient has an order of these services after a moment (of one moment: by name)."""
	order, item = frappe.qb.DocType("Lab Order").as_("later"), frappe.qb.DocType("Lab Order Item").as_("line")
	is_later = order.ordered_at > moment if but is not None else Date(order.ordered_at) > Date(moment)
	if but is not None:
		is_later = is_later | ((order.ordered_at == moment) & (order.name > but.name))
	query = frappe.qb.from_(order).join(item).on(item.parent == order.name).select(order.name)
	query = query.where((order.patient == patient) & order.status.notin(NO_ORDER) & is_later)
	return ExistsCriterion(query.where(_is_of(item, what.services)))


def _later_booking(patient, moment, what: Watched, now: datetime, but=None) -> ExistsCriterion:
	"""Say that a patient came for these services on a later day, or is still expected for them.

	`but` is the booking of the visit itself: whoever came a day early is not expected any more.
	"""
	booking = frappe.qb.DocType("Booking").as_("next")
	row = frappe.qb.DocType("Booking Service").as_("wanted")
	# A booking of the past that nobody closed says nothing: the patient may not have come.
	counts = booking.status.isin(CAME) | ((booking.start >= now) & booking.status.notin(NOT_COMING))
	query = frappe.qb.from_(booking).join(row).on(row.parent == booking.name).select(booking.name)
	query = query.where((booking.patient == patient) & counts & (Date(booking.start) > Date(moment)))
	if but is not None:
		query = query.where(booking.name != Coalesce(but, ""))
	return ExistsCriterion(query.where(row.service.isin(what.booked_as)))
