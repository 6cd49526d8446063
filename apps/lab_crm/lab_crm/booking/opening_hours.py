"""When those who serve may be booked: public holidays, and the hours kept for bookings paid by OMS (F7).

A specialist or room some of whose hours are kept for OMS serves OMS bookings in those and everybody else in
the others, until what is unsold is released shortly before. Where nobody who could serve keeps such hours,
OMS bookings go with all others.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from functools import lru_cache
from typing import Any

import holidays as calendars

from lab_crm.booking import cells, slots
from lab_crm.booking.cells import Window
from lab_crm.booking.network import Subject
from lab_crm.booking.slots import Change
from lab_crm.utils import clock

SELF_PAY, OMS = "Self-pay", "OMS"
Group = Mapping[int, list[Subject]]


def of(wish: Any, window: Window, groups: Iterable[Group], changes: list[Change]) -> Callable[[Subject], int]:
	"""Return the function that gives the bookable cells of a subject for a wish.

	Args:
		wish: `availability.Wish`.
		window: where to look.
		groups: who and what can serve each leg.
		changes: schedule exceptions and holidays.
	"""
	apart = _where_oms_is_kept(groups)
	released = _released(window, wish.network.oms_release_hours)

	def hours(subject: Subject) -> int:
		if wish.off_schedule:
			return cells.span(0, window.size)
		if subject.name not in apart:
			return slots.working(window, subject.schedules, changes, subject.name)
		kept = slots.working(window, subject.schedules, changes, subject.name, OMS)
		if wish.funding == OMS:
			return kept
		return slots.working(window, subject.schedules, changes, subject.name, "") | kept & released

	return hours


def kept_for_oms(subject: Subject, window: Window, changes: list[Change], release_hours: int) -> int:
	"""Return the cells in which a subject serves bookings paid by OMS only, as it is now.

	Args:
		subject: specialist or room.
		window: where to look.
		changes: schedule exceptions and holidays.
		release_hours: so long before its beginning an hour is open to all; 0: never.
	"""
	if not subject.keeps_hours_for(OMS):
		return 0
	kept = slots.working(window, subject.schedules, changes, subject.name, OMS)
	return kept & ~_released(window, release_hours)


def holidays(country: str, window: Window) -> list[Change]:
	"""Return the public holidays of a country in a window as closures of the whole branch, each for its local
	day.
	"""
	if not country:
		return []
	return [
		Change(cells.midnight(day, window.zone), cells.midnight(day + timedelta(days=1), window.zone))
		for day in window.days()
		if day in _calendar(country, day.year)
	]


@lru_cache(maxsize=32)
def _calendar(country: str, year: int) -> frozenset:
	return frozenset(calendars.country_holidays(country, years=year))


def _where_oms_is_kept(groups: Iterable[Group]) -> set[str]:
	"""The subjects of each leg of which somebody keeps hours for OMS."""
	found: set[str] = set()
	for group in groups:
		for subjects in group.values():
			if any(one.keeps_hours_for(OMS) for one in subjects):
				found |= {one.name for one in subjects}
	return found


def _released(window: Window, hours: int) -> int:
	"""The cells near enough for what OMS has not taken to be open to all."""
	if not hours:
		return 0
	now = clock.now().replace(tzinfo=clock.site_zone())
	return window.mask(window.first, cells.cell_at(now + timedelta(hours=hours)))
