"""Which free time suits a person who waits. Pure: no site, no database."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True)
class Wanted:
	"""When a visit suits, in local time of the branch.

	Args:
		date_from, date_to: days, both included.
		weekdays: numbers of weekdays (Monday is 0); empty: any.
		time_from, time_to: earliest and latest start; None: any.
		missed: the last time offered in vain, (start, end); nothing that touches it is offered again.
	"""

	date_from: date
	date_to: date
	weekdays: frozenset[int] = frozenset()
	time_from: time | None = None
	time_to: time | None = None
	missed: tuple[datetime, datetime] | None = None

	def suits(self, start: datetime, end: datetime) -> bool:
		"""Say whether a visit from `start` to `end` (local, naive) suits."""
		if not self.date_from <= start.date() <= self.date_to:
			return False
		if self.weekdays and start.weekday() not in self.weekdays:
			return False
		if (self.time_from and start.time() < self.time_from) or (
			self.time_to and start.time() > self.time_to
		):
			return False
		return not (self.missed and touches((start, end), self.missed))


def touches(one: tuple, other: tuple) -> bool:
	"""Say whether two intervals, ends excluded, have a moment in common."""
	return one[0] < other[1] and other[0] < one[1]


def in_order(entries: Iterable, specialist: str | None) -> list:
	"""Return waiting entries, the one to be offered a time first: urgent ones, then those who wait for this
	very specialist, then whoever has waited longest.

	Args:
		entries: rows with is_urgent, specialist, creation, name.
		specialist: whose time has become free.
	"""
	return sorted(
		entries,
		key=lambda row: (
			not row.is_urgent,
			not (specialist and row.specialist == specialist),
			row.creation,
			row.name,
		),
	)
