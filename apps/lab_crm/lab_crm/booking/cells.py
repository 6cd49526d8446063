"""Time as numbered 5-minute cells.

A cell is an absolute stretch of time, counted from the Unix epoch, so midnight, time zones and daylight
saving need no care once a wall-clock time has become a cell. A set of cells of a window is one Python
integer, bit `i` for cell `window.first + i`: whole calendars are joined, subtracted and searched by a few
integer operations.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

MINUTES = 5
SECONDS = MINUTES * 60
PER_DAY = 24 * 60 // MINUTES


def cell_at(moment: datetime) -> int:
	"""Return the cell that holds an aware time."""
	return int(moment.timestamp()) // SECONDS


def time_at(cell: int, zone: ZoneInfo) -> datetime:
	"""Return the start of a cell as an aware time of the zone."""
	return datetime.fromtimestamp(cell * SECONDS, UTC).astimezone(zone)


def cells_of(minutes: int) -> int:
	"""Return how many cells `minutes` take, rounded up; at least one."""
	return max(1, -(-minutes // MINUTES))


@lru_cache(maxsize=4096)
def midnight(day: date, zone: ZoneInfo) -> int:
	"""Return the cell in which a local day begins."""
	return cell_at(datetime.combine(day, time(), zone))


def local_cell(day: date, minute: int, zone: ZoneInfo) -> int:
	"""Return the cell of a wall-clock minute of a local day; 1440 and more mean the next day.

	A wall-clock time that daylight saving skips becomes the moment that would have been it; of a repeated
	one, the first is meant.
	"""
	day, minute = day + timedelta(days=minute // 1440), minute % 1440
	first = midnight(day, zone)
	if midnight(day + timedelta(days=1), zone) - first == PER_DAY:
		return first + minute // MINUTES
	return cell_at(datetime.combine(day, time(minute // 60, minute % 60), zone))


def span(first: int, end: int) -> int:
	"""Return the set of bits `first` to `end`, the end exclusive; empty when there are none."""
	return ((1 << (end - first)) - 1) << first if end > first else 0


def runs(free: int, length: int) -> int:
	"""Return the bits at which `length` set bits in a row begin."""
	have = 1
	while have < length:
		step = min(have, length - have)
		free &= free >> step
		have += step
	return free


def bits(mask: int) -> list[int]:
	"""Return the numbers of the set bits, ascending."""
	text = bin(mask)[:1:-1]
	found, at = [], text.find("1")
	while at >= 0:
		found.append(at)
		at = text.find("1", at + 1)
	return found


def stretches(mask: int) -> list[tuple[int, int]]:
	"""Return the unbroken stretches of a set of cells, ascending: first bit and the bit after the last."""
	edges = bits(mask ^ mask << 1)
	return list(zip(edges[::2], edges[1::2], strict=True))


@dataclass(frozen=True)
class Window:
	"""Local days `first_day` to `last_day` of a zone, and one day more in which a late visit may end.

	A mask of the window has bit 0 at `first`, the cell of the first midnight.
	"""

	first_day: date
	last_day: date
	zone: ZoneInfo

	@cached_property
	def first(self) -> int:
		"""The first cell."""
		return midnight(self.first_day, self.zone)

	@cached_property
	def days_end(self) -> int:
		"""The bit after the last day: no visit starts there or later."""
		return midnight(self.last_day + timedelta(days=1), self.zone) - self.first

	@cached_property
	def size(self) -> int:
		"""How many bits a mask of the window has."""
		return midnight(self.last_day + timedelta(days=2), self.zone) - self.first

	def days(self) -> Iterable[date]:
		"""The local days, with one before (a night shift reaches in) and one after."""
		day = self.first_day - timedelta(days=1)
		while day <= self.last_day + timedelta(days=1):
			yield day
			day += timedelta(days=1)

	def mask(self, first_cell: int, end_cell: int) -> int:
		"""Return the set of the cells from `first_cell` to `end_cell` (exclusive) that lie in the window."""
		return span(max(0, first_cell - self.first), min(self.size, end_cell - self.first))

	def local_mask(self, day: date, from_minute: int, to_minute: int) -> int:
		"""Return the set of cells between two wall-clock minutes of a local day."""
		return self.mask(local_cell(day, from_minute, self.zone), local_cell(day, to_minute, self.zone))

	def grid(self, step: int) -> int:
		"""Return the cells whose local wall-clock minute is a multiple of `step` minutes, without the extra
		day.
		"""
		pattern = 0
		for day in self.days():
			if self.first_day <= day <= self.last_day:
				pattern |= self._day_grid(day, step)
		return pattern

	def _day_grid(self, day: date, step: int) -> int:
		first, end = midnight(day, self.zone), midnight(day + timedelta(days=1), self.zone)
		if end - first == PER_DAY:
			return _regular_grid(step) << (first - self.first)
		mask = 0
		for cell in range(first, end):
			wall = time_at(cell, self.zone)
			if (wall.hour * 60 + wall.minute) % step == 0:
				mask |= 1 << (cell - self.first)
		return mask


@lru_cache(maxsize=64)
def _regular_grid(step: int) -> int:
	return sum(1 << cell for cell in range(PER_DAY) if cell * MINUTES % step == 0)
