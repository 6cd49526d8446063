"""The schedule board: who and what works when in some branches, and every booking in its place (F6).

Everything is read with a fixed number of statements, however many branches, columns and bookings there are.
Bookings are those that the user may read; what else is sold is shown as taken, without a word of whom.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import frappe
from frappe import _

from lab_crm.booking import availability, cells, claims, network, opening_hours, placing, service, slots
from lab_crm.booking.cells import Window
from lab_crm.booking.network import SPECIALIST, Network, Subject
from lab_crm.booking.slots import Change
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal

MOST_DAYS = 7
SHOWN = (*placing.OCCUPYING, "No Show")
FIELDS = ("name", "patient_name", "status", "funding", "branch", "start", "end")
DAY_MINUTES = 24 * 60
# By branch and subject.
Columns = dict[tuple[str, str], dict[str, Any]]


@dataclass(frozen=True)
class Calendar:
	"""Some local days of one branch."""

	network: Network
	first_day: date
	days: int

	@cached_property
	def window(self) -> Window:
		"""The cells of the days."""
		return Window(self.first_day, self.first_day + timedelta(days=self.days - 1), self.network.zone)

	@cached_property
	def midnights(self) -> list[int]:
		"""The cells in which the days begin, and the one after the last."""
		days = [self.first_day + timedelta(days=number) for number in range(self.days + 1)]
		return [cells.midnight(day, self.network.zone) for day in days]

	def pieces(self, first: int, end: int) -> Iterable[tuple[int, int, int]]:
		"""Yield day number, first and last wall-clock minute of the parts of an interval of cells."""
		for number in range(self.days):
			begins, ends = self.midnights[number], self.midnights[number + 1]
			start, stop = max(first, begins), min(end, ends)
			if start < stop:
				yield number, self._minute(start), DAY_MINUTES if stop == ends else self._minute(stop)

	def _minute(self, cell: int) -> int:
		wall = cells.time_at(cell, self.network.zone)
		return wall.hour * 60 + wall.minute


def read(branches: list[str], first_day: date, days: int) -> dict[str, Any]:
	"""Return what the board shows.

	Args:
		branches: names of Lab Branches; those that are closed or not for the user are left out.
		first_day: local day of each branch.
		days: 1 to 7.

	Returns:
		`branches`, `columns`, `blocks` (a step of a booking, or something sold that the user may not see, in
		a column on a day, in wall-clock minutes of the branch) and `bookings` by name.

	Raises:
		Refusal: RANGE_INVALID.
	"""
	if not 1 <= days <= MOST_DAYS:
		raise Refusal("RANGE_INVALID", _("The board shows 1 to {0} days").format(MOST_DAYS), field="days")
	allowed = {row.name for row in permitted_branches()}
	networks = network.of_all(branch for branch in branches if branch in allowed)
	calendars = [Calendar(one, first_day, days) for one in networks]
	if not calendars:
		return {"branches": [], "columns": [], "blocks": [], "bookings": {}}
	return _Board(calendars).as_dict()


def permitted_branches() -> list[Any]:
	"""Return the open branches that the user may see: name and branch_name, by name."""
	return frappe.get_list(
		"Lab Branch",
		filters={"is_active": 1},
		fields=["name", "branch_name"],
		order_by="branch_name",
		limit_page_length=0,
	)


class _Board:
	"""What was read, put into columns."""

	def __init__(self, calendars: list[Calendar]):
		self.calendars = {one.network.branch: one for one in calendars}
		self.first = min(one.midnights[0] for one in calendars)
		self.end = max(one.midnights[-1] for one in calendars)
		self.bookings = {row.name: row for row in self._bookings()}
		self.legs = _legs(list(self.bookings))
		self.services = _services(list(self.bookings))
		self.columns = self._columns()

	def as_dict(self) -> dict[str, Any]:
		return {
			"branches": [_branch(one) for one in self.calendars.values()],
			"columns": self._with_hours(),
			"blocks": [*self._legs_of_bookings(), *self._taken_by_others()],
			"bookings": {name: self._booking(row) for name, row in self.bookings.items()},
		}

	def _bookings(self):
		first, end = placing.stored_time(self.first), placing.stored_time(self.end)
		filters = [
			["branch", "in", list(self.calendars)],
			["start", "<", end],
			["end", ">", first],
			["status", "in", SHOWN],
		]
		return frappe.get_list("Booking", filters=filters, fields=list(FIELDS), limit_page_length=0)

	def _columns(self) -> Columns:
		"""The columns by branch and subject: all that work there, and whoever has bookings without working
		hours any more.
		"""
		columns = {}
		for branch, calendar in self.calendars.items():
			for subject in (*calendar.network.specialists, *calendar.network.resources):
				columns[branch, subject.name] = _column(branch, subject)
		absent = {}
		for leg in self.legs:
			branch = self.bookings[leg.parent].branch
			for name, kind in ((leg.specialist, SPECIALIST), (leg.resource, "Bookable Resource")):
				if name and (branch, name) not in columns:
					absent[branch, name] = kind
		return {**columns, **_absent(absent)}

	def _with_hours(self) -> list[dict[str, Any]]:
		branches, names = list(self.calendars), sorted({name for _branch, name in self.columns})
		changes = availability.exceptions(branches, names, self.first, self.end)
		for calendar in self.calendars.values():
			_fill_hours(calendar, self.columns, changes)
		return list(self.columns.values())

	def _legs_of_bookings(self) -> Iterable[dict[str, Any]]:
		for leg in self.legs:
			branch = self.bookings[leg.parent].branch
			first, end = placing.cell_of(leg.start), placing.cell_of(leg.end)
			for subject, seat in ((leg.specialist, leg.specialist_seat), (leg.resource, leg.resource_seat)):
				if subject:
					yield from self._pieces(branch, subject, seat, (first, end), leg.parent)

	def _taken_by_others(self) -> Iterable[dict[str, Any]]:
		"""What is sold to bookings that are not shown in the column: of another branch, or not for the
		user.
		"""
		branches_of: dict[str, list[str]] = {}
		for branch, subject in self.columns:
			branches_of.setdefault(subject, []).append(branch)
		for booking, busy in claims.sold(branches_of, self.first, self.end):
			shown = self.bookings.get(booking)
			for branch in branches_of[busy.subject]:
				if not shown or shown.branch != branch:
					interval = (busy.first, busy.first + busy.length)
					yield from self._pieces(branch, busy.subject, busy.seat, interval, None)

	def _pieces(self, branch: str, subject: str, seat: int, interval: tuple[int, int], booking: str | None):
		column = self.columns[branch, subject]
		for day, start, end in self.calendars[branch].pieces(*interval):
			block = {"day": day, "from": start, "to": end, "seat": min(seat, column["seats"] - 1)}
			yield {"column": column["id"], **block, "booking": booking}

	def _booking(self, row) -> dict[str, Any]:
		zone = self.calendars[row.branch].network.zone
		start, end = (clock.to_zone(moment, zone).replace(tzinfo=None) for moment in (row.start, row.end))
		return {
			"patient_name": row.patient_name,
			"status": row.status,
			"funding": row.funding,
			"start": start.isoformat(),
			"end": end.isoformat(),
			"seen": row.start.isoformat(),
			"services": self.services.get(row.name, ""),
			"movable": row.status in service.CHANGEABLE,
		}


def _legs(bookings: list[str]) -> list[Any]:
	"""The steps of bookings that the user may read. One statement."""
	if not bookings:
		return []
	return frappe.get_all(
		"Booking Leg",
		filters={"parenttype": "Booking", "parent": ("in", bookings)},
		fields=[
			"parent", "start", "end", "specialist", "specialist_seat", "resource", "resource_seat",
		],
		order_by="parent, idx",
	)  # fmt: skip


def _services(bookings: list[str]) -> dict[str, str]:
	"""The names of their services, by booking. One statement."""
	found: dict[str, list[str]] = {}
	if bookings:
		filters = {"parenttype": "Booking", "parent": ("in", bookings)}
		fields = ["parent", "service_name"]
		for row in frappe.get_all("Booking Service", filters=filters, fields=fields, order_by="parent, idx"):
			found.setdefault(row.parent, []).append(row.service_name or "")
	return {booking: ", ".join(names) for booking, names in found.items()}


def _branch(calendar: Calendar) -> dict[str, Any]:
	"""A branch: its days, each with the minutes from its wall clock to that of the site, and its time now."""
	zone = calendar.network.zone
	now, here = (clock.to_zone(clock.now(), one) for one in (zone, clock.site_zone()))
	return {
		"name": calendar.network.branch,
		"title": calendar.network.title,
		"zone": _zone_label(now) if now.utcoffset() != here.utcoffset() else "",
		"today": now.date().isoformat(),
		"now": now.hour * 60 + now.minute,
		"days": [
			{"date": (calendar.first_day + timedelta(days=number)).isoformat(), "shift": _shift(cell, zone)}
			for number, cell in enumerate(calendar.midnights[:-1])
		],
	}


def _shift(cell: int, zone) -> int:
	"""Minutes to add to a wall-clock time of the branch that day to get the time of the site."""
	there, here = (
		cells.time_at(cell + cells.PER_DAY // 2, one).utcoffset() for one in (zone, clock.site_zone())
	)
	return int((here - there).total_seconds()) // 60


def _zone_label(now) -> str:
	minutes = int(now.utcoffset().total_seconds()) // 60
	sign, minutes = "−" if minutes < 0 else "+", abs(minutes)
	return f"UTC{sign}{minutes // 60}" + (f":{minutes % 60:02}" if minutes % 60 else "")


def _column(branch: str, subject: Subject) -> dict[str, Any]:
	return {
		"id": f"{branch}|{subject.name}",
		"branch": branch,
		"subject": subject.name,
		"title": subject.title,
		"kind": subject.kind,
		"note": subject.note,
		"seats": subject.capacity,
		"hours": [],
		"kept": [],
	}


def _absent(wanted: dict[tuple[str, str], str]) -> Columns:
	"""Columns of those who have bookings but no hours. One statement a kind."""
	titles: dict[str, str] = {}
	for kind, field in ((SPECIALIST, "specialist_name"), ("Bookable Resource", "resource_name")):
		names = sorted({name for (_branch, name), one in wanted.items() if one == kind})
		if names:
			rows = frappe.get_all(kind, {"name": ("in", names)}, ["name", field])
			titles |= {row.name: row[field] for row in rows}
	columns = {}
	for (branch, name), kind in wanted.items():
		shown_kind = SPECIALIST if kind == SPECIALIST else ""
		subject = Subject(name, titles.get(name, name), shown_kind, 1, False, ())
		columns[branch, name] = _column(branch, subject)
	return columns


def _fill_hours(
	calendar: Calendar,
	columns: dict[tuple[str, str], dict[str, Any]],
	changes: list[tuple[str | None, Change]],
) -> None:
	branch, window = calendar.network.branch, calendar.window
	here = [change for where, change in changes if where in (None, branch)]
	here += opening_hours.holidays(calendar.network.holiday_country, window)
	release_hours = calendar.network.oms_release_hours

	def pieces(mask: int) -> list[tuple[int, int, int]]:
		return [
			piece
			for first, end in cells.stretches(mask)
			for piece in calendar.pieces(window.first + first, window.first + end)
		]

	for subject in (*calendar.network.specialists, *calendar.network.resources):
		column = columns[branch, subject.name]
		column["hours"] = pieces(slots.working(window, subject.schedules, here, subject.name))
		column["kept"] = pieces(opening_hours.kept_for_oms(subject, window, here, release_hours))
