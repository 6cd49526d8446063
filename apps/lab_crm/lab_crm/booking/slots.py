"""The slot engine: when can these services be done, and by whom and where? Pure: it knows nothing of the
database.

A visit is a sequence of legs (`plan`). Each leg needs a free specialist, a free seat of a room or device,
or both, for its whole length; the next leg starts when the one before ends, or after a short wait. All
starts of a window are found at once by bit sets (`cells`), exactly: a start is offered if and only if every
leg after it can follow.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from lab_crm.booking import cells
from lab_crm.booking.cells import Window

COLLECTION, CONSULTATION, PROCEDURE = "Collection", "Consultation", "Procedure"
CHAIR, PROCEDURE_ROOM = "Collection Chair", "Procedure Room"
# Blood is taken on an empty stomach, a doctor wants to see what was measured.
ORDER = {COLLECTION: 0, PROCEDURE: 1, CONSULTATION: 2}


@dataclass(frozen=True)
class Service:
	"""What the engine needs to know of a Lab Service."""

	code: str
	kind: str
	minutes: int
	resource_kind: str = ""
	needs_specialist: bool = False
	category: str = ""
	buffer: int = 0


@dataclass(frozen=True)
class Leg:
	"""One step of a visit: its services, length in cells, what it occupies, and for how many cells more when
	the patient has gone.
	"""

	kind: str
	services: tuple[Service, ...]
	length: int
	resource_kind: str
	needs_specialist: bool
	buffer: int = 0

	@property
	def occupied(self) -> int:
		"""How many cells its specialist and room are taken."""
		return self.length + self.buffer


@dataclass(frozen=True)
class Period:
	"""Working hours of a weekday (Monday is 0), minutes of the local day; `end` over 1440 reaches into the
	next day. `funding`: kept for bookings paid so; empty: for everybody.
	"""

	weekday: int
	start: int
	end: int
	funding: str = ""


@dataclass(frozen=True)
class Schedule:
	"""A subject's weekly hours, in force between two days, both inclusive."""

	subject: str
	periods: tuple[Period, ...]
	valid_from: date | None = None
	valid_to: date | None = None

	def valid_on(self, day: date) -> bool:
		"""Say whether the schedule is in force on a day."""
		return (not self.valid_from or self.valid_from <= day) and (not self.valid_to or day <= self.valid_to)


@dataclass(frozen=True)
class Change:
	"""A Schedule Exception: cells taken from (or, `extra`, added to) a subject's hours; no subject means
	the whole branch.
	"""

	first: int
	end: int
	subject: str | None = None
	extra: bool = False


@dataclass(frozen=True)
class Busy:
	"""An interval that is sold: cells from `first`, on one seat of a subject."""

	subject: str
	seat: int
	first: int
	length: int


@dataclass(frozen=True)
class Place:
	"""One seat of a specialist, room or device: its free cells, and how many cells are taken on each day
	(by day number).
	"""

	subject: str
	seat: int
	free: int
	load: tuple[int, ...] = ()


@dataclass(frozen=True)
class Choice:
	"""A leg put into time: first cell (absolute), the seats it would take, and between how many specialists
	it chose with the load of the chosen one that day (cells).
	"""

	leg: Leg
	first: int
	specialist: Place | None
	room: Place | None
	candidates: int = 0
	load: int = 0

	@property
	def end(self) -> int:
		"""The cell after the leg."""
		return self.first + self.leg.length


@dataclass(frozen=True)
class Slot:
	"""A possible visit: its legs, and how many patients could start then."""

	choices: tuple[Choice, ...]
	free: int

	@property
	def first(self) -> int:
		"""The cell in which the visit starts."""
		return self.choices[0].first

	@property
	def end(self) -> int:
		"""The cell after the visit."""
		return self.choices[-1].end


def plan(services: Iterable[Service]) -> list[Leg]:
	"""Return the legs of a visit.

	Tests and panels share one collection, as long as the longest of them; everything else is a leg of its
	own.
	"""
	collected, legs = [], []
	for service in services:
		if leg_kind(service) == COLLECTION:
			collected.append(service)
		else:
			legs.append(_single(service))
	if collected:
		legs.append(_collection(collected))
	return sorted(legs, key=lambda leg: ORDER[leg.kind])


def leg_kind(service: Service) -> str:
	"""Return which kind of leg a service needs."""
	if service.kind == "Consultation" or (service.needs_specialist and not service.resource_kind):
		return CONSULTATION
	if service.kind == "Procedure" or service.resource_kind not in ("", CHAIR):
		return PROCEDURE
	return COLLECTION


def _single(service: Service) -> Leg:
	kind = leg_kind(service)
	needs_specialist = service.needs_specialist or kind == CONSULTATION
	room = service.resource_kind or ("" if needs_specialist else PROCEDURE_ROOM)
	return Leg(kind, (service,), cells.cells_of(service.minutes), room, needs_specialist, _buffer([service]))


def _buffer(services: list[Service]) -> int:
	longest = max(service.buffer for service in services)
	return cells.cells_of(longest) if longest else 0


def _collection(services: list[Service]) -> Leg:
	longest = max(cells.cells_of(service.minutes) for service in services)
	needs_specialist = any(service.needs_specialist for service in services)
	return Leg(COLLECTION, tuple(services), longest, CHAIR, needs_specialist, _buffer(services))


def working(
	window: Window,
	schedules: Iterable[Schedule],
	changes: Iterable[Change],
	subject: str,
	funding: str | None = None,
) -> int:
	"""Return a subject's working cells: weekly hours, less the branch's closures, plus extra hours, less
	own closures.

	Args:
		funding: only the hours kept for bookings paid so (extra hours are kept for nobody); empty: only those
			kept for nobody; None: all.
	"""
	hours = 0
	for schedule in schedules:
		hours |= _weekly(window, schedule, funding)
	branch_closed = extra = closed = 0
	for change in changes:
		mask = window.mask(change.first, change.end)
		if change.subject is None:
			branch_closed |= mask
		elif change.subject == subject:
			extra, closed = (extra | mask, closed) if change.extra else (extra, closed | mask)
	if funding:
		extra = 0
	return (hours & ~branch_closed | extra) & ~closed


def _weekly(window: Window, schedule: Schedule, funding: str | None) -> int:
	hours = 0
	for day in window.days():
		if schedule.valid_on(day):
			for period in schedule.periods:
				if period.weekday == day.weekday() and funding in (None, period.funding):
					hours |= window.local_mask(day, period.start, period.end)
	return hours


def places(window: Window, subject: str, capacity: int, hours: int, busy: Iterable[Busy]) -> list[Place]:
	"""Return the seats of a subject with their free cells; `busy` holds the subject's intervals only."""
	taken = [0] * capacity
	for interval in busy:
		if interval.seat < capacity:
			taken[interval.seat] |= window.mask(interval.first, interval.first + interval.length)
	return [
		Place(subject, seat, hours & ~occupied, _load(window, occupied))
		for seat, occupied in enumerate(taken)
	]


def _load(window: Window, occupied: int) -> tuple[int, ...]:
	if not occupied:
		return ()
	loads, day = [], window.first_day
	while day <= window.last_day:
		end = day + timedelta(days=1)
		first, after = (cells.midnight(one, window.zone) - window.first for one in (day, end))
		loads.append((occupied >> first & (1 << after - first) - 1).bit_count())
		day = end
	return tuple(loads)


class Search:
	"""All possible visits of a window."""

	def __init__(
		self,
		window: Window,
		legs: list[Leg],
		specialists: Mapping[int, list[Place]],
		rooms: Mapping[int, list[Place]],
		max_wait: int = 0,
	):
		"""Prepare the search.

		Args:
			window: where to look.
			legs: steps of the visit, in order.
			specialists: by number of the leg, the seats of those who can do it.
			rooms: by number of the leg, the seats of the rooms or devices it may use.
			max_wait: longest wait between two legs, in cells.
		"""
		self.window = window
		self.legs = legs
		self.max_wait = max_wait
		self._specialists = [
			_startable(leg, specialists.get(number, []) if leg.needs_specialist else [])
			for number, leg in enumerate(legs)
		]
		self._rooms = [
			_startable(leg, rooms.get(number, []) if leg.resource_kind else [])
			for number, leg in enumerate(legs)
		]
		self._feasible = self._chain()

	def starts(self, grid: int) -> list[int]:
		"""Return the bits of `grid` at which the whole visit can start."""
		return cells.bits(self._feasible[0] & grid & cells.span(0, self.window.days_end))

	def slot(self, start: int) -> Slot | None:
		"""Return the visit that starts at a bit, with its seats chosen, or None when it cannot.

		The specialist with the least work that day is chosen, of equals the first; then the first room with a
		free seat.
		"""
		if start < 0 or not self._feasible[0] >> start & 1:
			return None
		choices, free, at = [], None, start
		for number, leg in enumerate(self.legs):
			at = self._next(number, at)
			specialist, specialist_count = _choose(self._specialists[number], at, self._day(at))
			room, room_count = _choose(self._rooms[number], at, 0)
			counts = [count for count, needed in _needs(leg, specialist_count, room_count) if needed]
			free = min([*counts, *([free] if free is not None else [])])
			load = specialist.load[self._day(at)] if specialist and specialist.load else 0
			first = self.window.first + at
			choices.append(Choice(leg, first, specialist, room, specialist_count, load))
			at += leg.occupied
		return Slot(tuple(choices), free)

	def _chain(self) -> list[int]:
		"""For each leg, the bits at which it can start so that all later legs can follow."""
		feasible = []
		for number in reversed(range(len(self.legs))):
			mask = self._leg_starts(number)
			if feasible:
				following = feasible[0] >> self.legs[number].occupied
				reachable = following
				for wait in range(1, self.max_wait + 1):
					reachable |= following >> wait
				mask &= reachable
			feasible.insert(0, mask)
		return feasible

	def _leg_starts(self, number: int) -> int:
		leg, mask = self.legs[number], cells.span(0, self.window.size)
		if leg.needs_specialist:
			mask &= _any(self._specialists[number])
		if leg.resource_kind:
			mask &= _any(self._rooms[number])
		return mask

	def _next(self, number: int, at: int) -> int:
		"""The first feasible start of a leg at or after bit `at`; there is one, or `at` would not be
		feasible.
		"""
		later = self._feasible[number] >> at
		return at + (later & -later).bit_length() - 1

	def _day(self, bit: int) -> int:
		return (cells.time_at(self.window.first + bit, self.window.zone).date() - self.window.first_day).days


@dataclass(frozen=True)
class _Startable:
	"""A seat with the bits at which the leg can start on it, as a number and as text (bit 0 first)."""

	place: Place
	starts: int
	text: str

	def at(self, bit: int) -> bool:
		return self.text[bit : bit + 1] == "1"

	def load(self, day: int) -> int:
		return self.place.load[day] if 0 <= day < len(self.place.load) else 0


def _startable(leg: Leg, seats: list[Place]) -> list[_Startable]:
	found = []
	for place in seats:
		starts = cells.runs(place.free, leg.occupied)
		if starts:
			found.append(_Startable(place, starts, bin(starts)[:1:-1]))
	return found


def _any(seats: list[_Startable]) -> int:
	mask = 0
	for seat in seats:
		mask |= seat.starts
	return mask


def _choose(seats: list[_Startable], bit: int, day: int) -> tuple[Place | None, int]:
	free = [seat for seat in seats if seat.at(bit)]
	if not free:
		return None, 0
	return min(free, key=lambda seat: seat.load(day)).place, len(free)


def _needs(leg: Leg, specialist_count: int, room_count: int):
	yield specialist_count, leg.needs_specialist
	yield room_count, bool(leg.resource_kind)
