"""Free slots of a branch: everything the engine needs is read with a fixed number of statements, whatever
the horizon.

Branch, hours and skills come from `network` (three statements, or none when Redis has them); services,
schedule exceptions and sold intervals take one statement each.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

import frappe
from frappe import _

from lab_crm.booking import cells, claims, network, opening_hours, slots
from lab_crm.booking.cells import Window
from lab_crm.booking.network import Network, Subject
from lab_crm.booking.slots import Change, Leg, Place, Search, Service, Slot
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal

DEFAULT_DAYS, MAX_DAYS = 14, 62
MAX_WAIT = 30 // cells.MINUTES
NEAREST = 6
SERVICE_COLUMNS = (
	"name", "service_name", "kind", "duration_minutes", "resource_kind", "needs_specialist", "category",
	"sex", "is_active", "is_bookable_online", "preparation", "buffer_minutes",
)  # fmt: skip


@dataclass(frozen=True)
class Wish:
	"""What is to be booked where.

	Args:
		network: the branch.
		services: rows of Lab Service with `SERVICE_COLUMNS`, in the order wanted.
		specialist, resource: only this one, for the legs it can serve.
		online: for a patient on the website: lead time, horizon, step of the branch, specialists bookable
			online.
		moving: a booking whose own claims do not count.
		off_schedule: working hours do not matter (an override); what is sold still does.
		funding: who pays; OMS has hours of its own where a branch keeps them (F7).
	"""

	network: Network
	services: tuple[Any, ...]
	specialist: str | None = None
	resource: str | None = None
	online: bool = True
	moving: str | None = None
	off_schedule: bool = False
	funding: str = opening_hours.SELF_PAY

	@cached_property
	def legs(self) -> list[Leg]:
		"""The steps of the visit; who is asked for by name is needed even where the service itself needs
		nobody.
		"""
		legs = slots.plan(as_service(row) for row in self.services)
		if self.specialist and not any(leg.needs_specialist for leg in legs):
			legs[0] = replace(legs[0], needs_specialist=True)
		return legs


def get_slots(
	branch: str,
	services: list[str],
	date_from: date | None = None,
	date_to: date | None = None,
	specialist: str | None = None,
	resource: str | None = None,
	online: bool = True,
	funding: str = opening_hours.SELF_PAY,
) -> list[dict[str, Any]]:
	"""Return the free starts of a visit, ascending.

	Args:
		branch: name of the Lab Branch.
		services: codes of the Lab Services of the visit.
		date_from, date_to: local days of the branch, both inclusive; by default a fortnight from today.
		specialist, resource: only this one.
		online: as the website sees it; False for the desk.
		funding: who pays: Self-pay, OMS, DMS or Corporate.

	Returns:
		`{start, end, specialist, specialist_name, resource, free}`: ISO 8601 local time with offset; the
		specialist and resource that would be taken, and how many patients could start then.

	Raises:
		Refusal: BRANCH_UNKNOWN, BRANCH_NOT_ONLINE, SERVICE_UNKNOWN, SERVICE_NOT_ONLINE, SPECIALIST_UNKNOWN,
		RANGE_INVALID.
	"""
	wish = wish_for(
		branch, services, specialist=specialist, resource=resource, online=online, funding=funding
	)
	return _listed(wish, date_from, date_to)


def free_starts(wish: Wish, date_from: date, date_to: date) -> list[str]:
	"""Return the free starts of a wish between two local days, both inclusive: ISO 8601 with offset."""
	return [slot["start"] for slot in _listed(wish, date_from, date_to)]


def _listed(wish: Wish, date_from: date | None, date_to: date | None) -> list[dict[str, Any]]:
	window = _window(wish, date_from, date_to)
	if not window:
		return []
	search = search_in(wish, window)
	titles = {subject.name: subject.title for subject in wish.network.specialists}
	return [_as_dict(search.slot(bit), wish, titles) for bit in starts(search, wish)]


def wish_for(
	branch: str, services: list[str], online: bool = True, moving: str | None = None, **details
) -> Wish:
	"""Return a checked wish; `moving` and `details` as in `Wish`. What was once booked may be moved online,
	however it was booked.

	Raises:
		Refusal: as `get_slots`.
	"""
	branch_network = network.of(branch)
	if not branch_network:
		raise Refusal("BRANCH_UNKNOWN", _("There is no such branch"), field="branch", status=404)
	if online and not moving and not branch_network.online:
		raise Refusal("BRANCH_NOT_ONLINE", _("This branch takes no online bookings. Call us"), field="branch")
	wish = Wish(
		branch_network, service_rows(services, online and not moving), online=online, moving=moving, **details
	)
	if wish.specialist and not any(wish.specialist == one.name for one in branch_network.specialists):
		raise Refusal(
			"SPECIALIST_UNKNOWN", _("This specialist does not work here"), field="specialist", status=404
		)
	return wish


def service_rows(codes: list[str], online: bool) -> tuple[Any, ...]:
	"""Return the rows of active services in the order given, each once.

	Raises:
		Refusal: SERVICES_REQUIRED, SERVICE_UNKNOWN (404), SERVICE_NOT_ONLINE.
	"""
	codes = list(dict.fromkeys(codes))
	if not codes:
		raise Refusal("SERVICES_REQUIRED", _("Choose at least one service"), field="services")
	table = frappe.qb.DocType("Lab Service")
	query = frappe.qb.from_(table).select(*(table[column] for column in SERVICE_COLUMNS))
	found = {row.name: row for row in query.where(table.name.isin(codes)).run(as_dict=True)}
	for code in codes:
		row = found.get(code)
		if not row or not row.is_active:
			message = _("There is no service {0}").format(code)
			raise Refusal("SERVICE_UNKNOWN", message, field="services", status=404)
		if online and not row.is_bookable_online:
			message = _("{0} cannot be booked online. Call us").format(row.service_name)
			raise Refusal("SERVICE_NOT_ONLINE", message, field="services")
	return tuple(found[code] for code in codes)


def as_service(row) -> Service:
	"""Return a Lab Service as the engine knows it."""
	return Service(
		code=row.name,
		kind=row.kind,
		minutes=row.duration_minutes,
		resource_kind=row.resource_kind or "",
		needs_specialist=bool(row.needs_specialist),
		category=row.category or "",
		buffer=row.buffer_minutes or 0,
	)


def search_in(
	wish: Wish, window: Window, sold: bool = True, without: Iterable[tuple[str, int]] = ()
) -> Search:
	"""Return the search of a wish in a window, with fresh exceptions and claims (two statements).

	Args:
		sold: False to look at the working hours alone, as if nothing were booked.
		without: seats (subject, number) that are known to be taken.
	"""
	specialists = _able(wish, wish.specialist, _specialists_of)
	rooms = _able(wish, wish.resource, _rooms_of)
	wanted = {one.name: one for group in (specialists, rooms) for some in group.values() for one in some}
	changes = [] if wish.off_schedule else _changes(wish.network, list(wanted), window)
	# Whose hours are kept apart is a matter of all who could serve, whoever is asked for by name.
	anybody = (_able(wish, None, _specialists_of), _able(wish, None, _rooms_of))
	hours_of = opening_hours.of(wish, window, anybody, changes)
	busy = claims.busy(wanted if sold else (), window.first, window.first + window.size, wish.moving)
	seats = {}
	for name, one in wanted.items():
		found = slots.places(window, name, one.capacity, hours_of(one), busy.get(name, ()))
		seats[name] = [place for place in found if (name, place.seat) not in without]
	return Search(window, wish.legs, _seats(specialists, seats), _seats(rooms, seats), MAX_WAIT)


def starts(search: Search, wish: Wish) -> list[int]:
	"""Return the bits of a search's window at which the wish may start, by the rules of the website or the
	desk.
	"""
	window, net = search.window, wish.network
	grid = window.grid(net.step if wish.online else cells.MINUTES)
	earliest, latest = bounds(wish)
	return search.starts(grid & window.mask(earliest, latest))


def exceptions(
	branches: list[str], subjects: list[str], first: int, end: int
) -> list[tuple[str | None, Change]]:
	"""Return the schedule exceptions that touch the cells from `first` to `end` (exclusive), each with the
	branch it is for, None for all. One statement.
	"""
	table = frappe.qb.DocType("Schedule Exception")
	rows = (
		frappe.qb.from_(table)
		.select(table.branch, table.kind, table.subject, table.starts, table.ends)
		.where((table.starts < _stored(end)) & (table.ends > _stored(first)))
		.where(table.branch.isnull() | table.branch.isin(["", *branches]))
		.where(table.subject.isnull() | table.subject.isin(["", *subjects]))
	).run(as_dict=True)
	return [
		(
			row.branch or None,
			Change(_cell(row.starts), _cell(row.ends), row.subject or None, row.kind == "Extra Hours"),
		)
		for row in rows
	]


def can_serve(wish: Wish) -> bool:
	"""Say whether the specialist and the room asked for by name are fit for any step of the visit."""
	return all(
		not named or any(one.name == named for leg in wish.legs for one in able_of(wish, leg))
		for named, able_of in ((wish.specialist, _specialists_of), (wish.resource, _rooms_of))
	)


def bounds(wish: Wish) -> tuple[int, int]:
	"""Return the first cell in which the wish may start now, and the one after the last."""
	now = clock.now().replace(tzinfo=clock.site_zone())
	lead = wish.network.lead_minutes if wish.online else 0
	earliest = -int(-(now + timedelta(minutes=lead)).timestamp() // cells.SECONDS)
	last_day = _today(wish) + timedelta(days=wish.network.horizon_days if wish.online else 366)
	return earliest, cells.midnight(last_day + timedelta(days=1), wish.network.zone)


def nearest(wish: Wish, cell: int) -> list[dict[str, Any]]:
	"""Return the free starts nearest to a cell, ascending: from a few days before it to two weeks after."""
	day = cells.time_at(cell, wish.network.zone).date()
	window = _window(wish, max(_today(wish), day - timedelta(days=3)), day + timedelta(days=DEFAULT_DAYS))
	if not window:
		return []
	search = search_in(wish, window)
	near = sorted(starts(search, wish), key=lambda bit: abs(window.first + bit - cell))[:NEAREST]
	titles = {subject.name: subject.title for subject in wish.network.specialists}
	return [_as_dict(search.slot(bit), wish, titles) for bit in sorted(near)]


def first(wish: Wish, day: date, days: int) -> dict[str, Any] | None:
	"""Return the first free start within some days of a local day, None when there is none."""
	window = _window(wish, day, day + timedelta(days=days - 1))
	search = search_in(wish, window) if window else None
	found = starts(search, wish) if search else []
	return _as_dict(search.slot(found[0]), wish, {}) if found else None


def _window(wish: Wish, date_from: date | None, date_to: date | None) -> Window | None:
	"""The days asked for, cut at the horizon; None when nothing is left."""
	first = date_from or _today(wish)
	last = date_to or first + timedelta(days=DEFAULT_DAYS - 1)
	if last < first or (last - first).days >= MAX_DAYS:
		message = _("Ask for 1 to {0} days, the first before the last").format(MAX_DAYS)
		raise Refusal("RANGE_INVALID", message, field="date_to")
	first = max(first, _today(wish))
	if wish.online:
		last = min(last, _today(wish) + timedelta(days=wish.network.horizon_days))
	return Window(first, last, wish.network.zone) if first <= last else None


def _today(wish: Wish) -> date:
	return clock.to_zone(clock.now(), wish.network.zone).date()


def _able(
	wish: Wish, named: str | None, able_of: Callable[[Wish, Leg], list[Subject]]
) -> dict[int, list[Subject]]:
	"""Who or what can serve each leg: only the named one where it can; nobody at all when it can serve no
	leg.
	"""
	able = {number: able_of(wish, leg) for number, leg in enumerate(wish.legs)}
	if not named:
		return able
	only = {number: [one for one in some if one.name == named] for number, some in able.items()}
	if not any(only.values()):
		return only
	return {number: only[number] or able[number] for number in able}


def _specialists_of(wish: Wish, leg: Leg) -> list[Subject]:
	if not leg.needs_specialist:
		return []
	able = [one for one in wish.network.specialists if one.can_do(leg.services)]
	return [one for one in able if one.online or not wish.online or wish.moving]


def _rooms_of(wish: Wish, leg: Leg) -> list[Subject]:
	return [one for one in wish.network.resources if leg.resource_kind and one.kind == leg.resource_kind]


def _seats(subjects: dict[int, list[Subject]], seats: dict[str, list[Place]]) -> dict[int, list[Place]]:
	return {number: [seat for one in some for seat in seats[one.name]] for number, some in subjects.items()}


def _changes(branch: Network, subjects: list[str], window: Window) -> list[Change]:
	"""The schedule exceptions of the branch and the subjects that touch the window (one statement), and its
	public holidays.
	"""
	rows = exceptions([branch.branch], subjects, window.first, window.first + window.size)
	return [change for _branch, change in rows] + opening_hours.holidays(branch.holiday_country, window)


def _stored(cell: int) -> datetime:
	return clock.from_aware(cells.time_at(cell, clock.site_zone()))


def _cell(stored: datetime) -> int:
	return cells.cell_at(stored.replace(tzinfo=clock.site_zone()))


def _as_dict(slot: Slot, wish: Wish, titles: dict[str, str]) -> dict[str, Any]:
	zone = wish.network.zone
	specialist = next((choice.specialist.subject for choice in slot.choices if choice.specialist), None)
	return {
		"start": cells.time_at(slot.first, zone).isoformat(),
		"end": cells.time_at(slot.end, zone).isoformat(),
		"specialist": specialist,
		"specialist_name": titles.get(specialist) if specialist else None,
		"resource": next((choice.room.subject for choice in slot.choices if choice.room), None),
		"free": slot.free,
	}
