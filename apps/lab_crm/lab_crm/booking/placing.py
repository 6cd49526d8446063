"""Putting a booking into time: is the start allowed, who and what serves it, and the claims that make it so.

Every way to a booking goes through here: the API, the desk's form and calendar, `/api/resource`, Data
Import. None can sell a time twice, and none but an override with a reason can book in the past or outside
the working hours.
"""

from datetime import datetime

from frappe import _

from lab_crm.booking import availability, cells, claims
from lab_crm.booking.availability import Wish
from lab_crm.booking.cells import Window
from lab_crm.booking.claims import Interval, TakenError
from lab_crm.booking.slots import Choice, Slot
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal

TAKEN, OFF_SCHEDULE = "SLOT_TAKEN", "OFF_SCHEDULE"
OCCUPYING = ("Held", "Booked", "Confirmed", "Checked In", "Completed")
# A patient who stands at the desk is booked for the slot that has just begun.
DESK_GRACE = 15 // cells.MINUTES


def cell_of(stored: datetime) -> int:
	"""Return the cell of a stored (naive, site zone) time."""
	return cells.cell_at(stored.replace(tzinfo=clock.site_zone()))


def stored_time(cell: int) -> datetime:
	"""Return the start of a cell as it is stored (naive, site zone)."""
	return cells.time_at(cell, clock.site_zone()).replace(tzinfo=None)


def check_start(wish: Wish, start: datetime) -> int:
	"""Return the cell of a start that the rules allow; whether it is free is another question.

	Args:
		wish: what is booked where.
		start: stored (naive, site zone) time.

	Raises:
		Refusal: START_OFF_GRID, START_IN_PAST, START_TOO_SOON, START_BEYOND_HORIZON.
	"""
	_check_grid(wish, start)
	cell = cell_of(start)
	if wish.off_schedule:
		return cell
	earliest, latest = availability.bounds(wish)
	now = cell_of(clock.now())
	if cell < (now if wish.online else now - DESK_GRACE):
		raise Refusal("START_IN_PAST", _("This time has already passed"), field="start")
	if wish.online and cell < earliest:
		message = _("Online booking closes {0} minutes before the visit. Call us").format(
			wish.network.lead_minutes
		)
		raise Refusal("START_TOO_SOON", message, field="start")
	if cell >= latest:
		message = _("Bookings are open for {0} days ahead").format(wish.network.horizon_days)
		raise Refusal("START_BEYOND_HORIZON", message, field="start")
	return cell


def place(wish: Wish, booking: str, cell: int) -> Slot:
	"""Take the seats of a visit for a booking and return them.

	Who is free is guessed from what can be read; the database decides (`claims`), and the next free seat is
	tried until there is none.

	Raises:
		Refusal: SLOT_TAKEN (409), OFF_SCHEDULE.
		frappe.QueryDeadlockError, frappe.QueryTimeoutError: the transaction is lost and may be tried again.
	"""
	taken: set[tuple[str, int]] = set()
	while True:
		slot = _find(wish, cell, taken)
		if not slot:
			raise _refusal(wish, cell)
		try:
			claims.claim(booking, intervals(slot))
		except TakenError as error:
			taken.add((error.subject, error.seat))
		else:
			return slot


def intervals(slot: Slot) -> list[Interval]:
	"""Return the seats and cells that a visit occupies, in one order for everybody, so that fewer
	transactions deadlock.
	"""
	found = [
		Interval(seat.subject, seat.seat, choice.first, choice.leg.occupied)
		for choice in slot.choices
		for seat in (choice.specialist, choice.room)
		if seat
	]
	return sorted(found, key=lambda one: (one.subject, one.seat, one.first))


def legs_of(slot: Slot) -> list[dict]:
	"""Return the rows of the Booking's table of steps."""
	return [
		{
			"kind": choice.leg.kind,
			"services": ", ".join(service.code for service in choice.leg.services),
			"start": stored_time(choice.first),
			"end": stored_time(choice.end),
			"specialist": choice.specialist.subject if choice.specialist else None,
			"specialist_seat": choice.specialist.seat if choice.specialist else 0,
			"resource": choice.room.subject if choice.room else None,
			"resource_seat": choice.room.seat if choice.room else 0,
			"choice_reason": _why(choice),
		}
		for choice in slot.choices
	]


def _why(choice: Choice) -> str | None:
	"""Say why this specialist was taken (F11)."""
	if not choice.specialist:
		return None
	if choice.candidates == 1:
		return _("The only one free at this time")
	minutes = choice.load * cells.MINUTES
	return _("{0} were free; the least booked that day: {1} min").format(choice.candidates, minutes)


def _find(wish: Wish, cell: int, taken: set[tuple[str, int]], sold: bool = True) -> Slot | None:
	day = cells.time_at(cell, wish.network.zone).date()
	window = Window(day, day, wish.network.zone)
	return availability.search_in(wish, window, sold, taken).slot(cell - window.first)


def _refusal(wish: Wish, cell: int) -> Refusal:
	if _find(wish, cell, set(), sold=False):
		return Refusal(TAKEN, _("This time has just been taken"), field="start", status=409)
	if not availability.can_serve(wish):
		message = _("This specialist or room is not for these services")
		return Refusal(OFF_SCHEDULE, message, field="specialist")
	return Refusal(OFF_SCHEDULE, _("Nobody works at this time, or there is no suitable room"), field="start")


def _check_grid(wish: Wish, start: datetime) -> None:
	local = clock.to_zone(start, wish.network.zone)
	step = wish.network.step if wish.online else cells.MINUTES
	if start.second or start.microsecond or (local.hour * 60 + local.minute) % step:
		message = _("Bookings start at times that are multiples of {0} minutes").format(step)
		raise Refusal("START_OFF_GRID", message, field="start")
