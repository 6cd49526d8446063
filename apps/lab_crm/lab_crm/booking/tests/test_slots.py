"""The slot engine: legs, hours, free starts, choices; and the whole against a plain search."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from lab_crm.booking import cells, slots
from lab_crm.booking.cells import Window
from lab_crm.booking.slots import Busy, Change, Period, Place, Schedule, Search, Service

MOSCOW = ZoneInfo("Europe/Moscow")
MONDAY = date(2026, 11, 23)
DAY = Window(MONDAY, MONDAY, MOSCOW)
BLOOD = Service("OAK", "Test", 10)
GLUCOSE_CURVE = Service("GTT", "Test", 25)
PANEL = Service("THYROID", "Panel", 15)
VISIT = Service("B01.058", "Consultation", 30, needs_specialist=True)
ULTRASOUND = Service("A04.22", "Procedure", 20, "Ultrasound", needs_specialist=True)
INJECTION = Service("A11.02", "Procedure", 10)


def at(hour, minute=0, day=MONDAY, zone=MOSCOW):
	return cells.local_cell(day, hour * 60 + minute, zone)


def hours(*intervals, window=DAY):
	mask = 0
	for start, end in intervals:
		mask |= window.mask(at(start), at(end))
	return mask


def walls(window, starts):
	return [cells.time_at(window.first + bit, window.zone).strftime("%H:%M") for bit in starts]


def search(legs, specialists=None, rooms=None, window=DAY, max_wait=0):
	return Search(window, legs, specialists or {}, rooms or {}, max_wait)


class TestPlan:
	def test_tests_and_panels_share_one_collection_of_the_longest(self):
		(leg,) = slots.plan([BLOOD, GLUCOSE_CURVE, PANEL])
		assert (leg.kind, leg.length, leg.resource_kind) == ("Collection", 5, "Collection Chair")
		assert [service.code for service in leg.services] == ["OAK", "GTT", "THYROID"]
		assert not leg.needs_specialist

	def test_blood_first_then_procedures_then_the_doctor(self):
		legs = slots.plan([VISIT, ULTRASOUND, BLOOD, INJECTION])
		assert [leg.kind for leg in legs] == ["Collection", "Procedure", "Procedure", "Consultation"]
		assert [leg.resource_kind for leg in legs] == ["Collection Chair", "Ultrasound", "Procedure Room", ""]
		assert [leg.needs_specialist for leg in legs] == [False, True, False, True]

	def test_each_consultation_is_a_leg_of_its_own(self):
		assert len(slots.plan([VISIT, VISIT])) == 2

	def test_a_test_on_a_device_is_no_blood_collection(self):
		(leg,) = slots.plan([Service("SPIRO", "Test", 15, "Device")])
		assert (leg.kind, leg.resource_kind) == ("Procedure", "Device")

	def test_no_leg_is_without_anything_that_limits_it(self):
		for kind in ("Test", "Panel", "Procedure", "Consultation", "Certificate"):
			for room in ("", "Collection Chair", "Consulting Room"):
				for needs in (True, False):
					(leg,) = slots.plan([Service("X", kind, 10, room, needs)])
					assert leg.needs_specialist or leg.resource_kind

	def test_nothing_wanted_no_legs(self):
		assert slots.plan([]) == []


class TestWorking:
	def test_a_break_is_the_gap_between_periods(self):
		schedule = Schedule("S", (Period(0, 8 * 60, 12 * 60), Period(0, 13 * 60, 17 * 60)))
		assert slots.working(DAY, [schedule], [], "S") == hours((8, 12), (13, 17))

	def test_a_night_shift_reaches_over_midnight_from_the_day_before(self):
		schedule = Schedule("S", (Period(6, 22 * 60, 30 * 60),))  # Sunday 22:00 to Monday 06:00
		assert slots.working(DAY, [schedule], [], "S") == hours((0, 6))

	def test_a_schedule_counts_between_its_days_only(self):
		schedule = Schedule("S", (Period(0, 480, 720),), valid_from=MONDAY + timedelta(days=1))
		assert slots.working(DAY, [schedule], [], "S") == 0
		schedule = Schedule("S", (Period(0, 480, 720),), valid_to=MONDAY)
		assert slots.working(DAY, [schedule], [], "S") == hours((8, 12))

	def test_a_holiday_of_the_branch_yields_to_extra_hours_and_those_to_own_absence(self):
		schedule = Schedule("S", (Period(0, 480, 1020),))
		holiday = Change(at(0), at(24))
		extra = Change(at(10), at(14), "S", extra=True)
		absence = Change(at(12), at(13), "S")
		assert slots.working(DAY, [schedule], [holiday], "S") == 0
		assert slots.working(DAY, [schedule], [holiday, extra, absence], "S") == hours((10, 12), (13, 14))

	def test_somebody_elses_absence_changes_nothing(self):
		schedule = Schedule("S", (Period(0, 480, 720),))
		assert slots.working(DAY, [schedule], [Change(at(0), at(24), "T")], "S") == hours((8, 12))

	def test_an_absence_begun_before_the_window_counts(self):
		schedule = Schedule("S", (Period(0, 480, 720),))
		leave = Change(at(0, day=MONDAY - timedelta(days=20)), at(9))
		assert slots.working(DAY, [schedule], [leave], "S") == hours((9, 12))


class TestPlaces:
	def test_each_seat_has_its_own_bookings(self):
		first, second = slots.places(DAY, "CHAIR", 2, hours((8, 9)), [Busy("CHAIR", 1, at(8), 6)])
		assert walls(DAY, cells.bits(first.free))[0] == "08:00"
		assert walls(DAY, cells.bits(second.free))[0] == "08:30"
		assert second.load[0] == 6

	def test_a_seat_that_is_no_more_takes_nothing_away(self):
		(only,) = slots.places(DAY, "CHAIR", 1, hours((8, 9)), [Busy("CHAIR", 3, at(8), 6)])
		assert only.free == hours((8, 9))

	def test_a_booking_from_before_the_window_reaches_in(self):
		(only,) = slots.places(DAY, "CHAIR", 1, hours((0, 1)), [Busy("CHAIR", 0, at(0) - 6, 12)])
		assert walls(DAY, cells.bits(only.free))[0] == "00:30"


class TestSearch:
	def test_starts_lie_on_the_grid_and_leave_room_for_the_whole_visit(self):
		legs = slots.plan([VISIT])
		found = search(legs, specialists={0: [Place("DOC", 0, hours((8, 10)))]})
		assert walls(DAY, found.starts(DAY.grid(15))) == [
			"08:00", "08:15", "08:30", "08:45", "09:00", "09:15", "09:30",
		]  # fmt: skip

	def test_a_free_hour_in_two_halves_on_two_seats_is_no_free_hour(self):
		legs = slots.plan([Service("LONG", "Test", 60)])
		rooms = {0: [Place("C", 0, hours((8, 9))), Place("C", 1, hours((9, 10)))]}
		assert walls(DAY, search(legs, rooms=rooms).starts(DAY.grid(30))) == ["08:00", "09:00"]

	def test_specialist_and_room_must_be_free_at_once(self):
		legs = slots.plan([ULTRASOUND])
		found = search(legs, {0: [Place("DOC", 0, hours((8, 12)))]}, {0: [Place("US", 0, hours((11, 15)))]})
		assert walls(DAY, found.starts(DAY.grid(20))) == ["11:00", "11:20", "11:40"]

	def test_the_doctor_follows_the_blood(self):
		legs = slots.plan([VISIT, BLOOD])
		found = search(legs, {1: [Place("DOC", 0, hours((9, 10)))]}, {0: [Place("CHAIR", 0, hours((8, 10)))]})
		assert walls(DAY, found.starts(DAY.grid(10))) == ["08:50", "09:00", "09:10", "09:20"]
		first, second = found.slot(found.starts(DAY.grid(10))[0]).choices
		assert (first.end, second.first) == (at(9), at(9))

	def test_a_short_wait_between_legs_is_allowed_when_asked_for(self):
		legs = slots.plan([VISIT, BLOOD])
		doctors, chairs = {1: [Place("DOC", 0, hours((9, 10)))]}, {0: [Place("CHAIR", 0, hours((8, 10)))]}
		found = search(legs, doctors, chairs, max_wait=4)
		assert walls(DAY, found.starts(DAY.grid(10)))[0] == "08:30"
		assert found.slot(found.starts(DAY.grid(10))[0]).end == at(9, 30)

	def test_the_least_loaded_specialist_is_taken_and_the_free_ones_are_counted(self):
		busy = slots.places(DAY, "BUSY", 1, hours((8, 12)), [Busy("BUSY", 0, at(11), 6)])
		idle = slots.places(DAY, "IDLE", 1, hours((8, 12)), [])
		found = search(slots.plan([VISIT]), {0: busy + idle})
		slot = found.slot(found.starts(DAY.grid(30))[0])
		assert (slot.choices[0].specialist.subject, slot.free) == ("IDLE", 2)

	def test_the_free_count_is_that_of_the_scarcest(self):
		chairs = slots.places(DAY, "C", 3, hours((8, 12)), [Busy("C", 1, at(8), 2)])
		found = search(slots.plan([BLOOD]), rooms={0: chairs})
		assert [found.slot(bit).free for bit in found.starts(DAY.grid(10))[:2]] == [2, 3]

	def test_a_visit_may_end_after_midnight_but_not_start_there(self):
		legs = slots.plan([VISIT])
		free = DAY.mask(at(23), at(26))
		found = search(legs, {0: [Place("NIGHT", 0, free)]})
		assert walls(DAY, found.starts(DAY.grid(30))) == ["23:00", "23:30"]

	def test_nobody_who_can_do_it_no_slots(self):
		assert search(slots.plan([VISIT])).starts(DAY.grid(5)) == []

	def test_a_start_that_cannot_be_gives_no_slot(self):
		found = search(slots.plan([BLOOD]), rooms={0: [Place("C", 0, hours((8, 9)))]})
		assert found.slot(at(12) - DAY.first) is None
		assert found.slot(-3) is None

	def test_on_the_short_night_hours_are_of_the_wall_clock(self):
		berlin = ZoneInfo("Europe/Berlin")
		sunday = date(2026, 3, 29)
		window = Window(sunday, sunday, berlin)
		free = slots.working(window, [Schedule("S", (Period(6, 60, 240),))], [], "S")  # 01:00 to 04:00
		found = search(slots.plan([VISIT]), {0: [Place("S", 0, free)]}, window=window)
		assert walls(window, found.starts(window.grid(30))) == ["01:00", "01:30", "03:00", "03:30"]


def naive(window, legs, seats_of, max_wait, start):
	"""Say whether the visit can start at a bit, trying everything; `seats_of(number)` gives (specialists,
	rooms).
	"""

	def fits(places, bit, length):
		return any(all(place.free >> cell & 1 for cell in range(bit, bit + length)) for place in places)

	def can(number, bit):
		if number == len(legs):
			return True
		leg, (specialists, rooms) = legs[number], seats_of(number)
		here = (not leg.needs_specialist or fits(specialists, bit, leg.length)) and (
			not leg.resource_kind or fits(rooms, bit, leg.length)
		)
		waits = range(max_wait + 1) if number + 1 < len(legs) else [0]
		return here and any(can(number + 1, bit + leg.length + wait) for wait in waits)

	return can(0, start)


masks = st.integers(0, 2**40 - 1)


@settings(max_examples=150, deadline=None)
@given(
	st.lists(st.sampled_from([BLOOD, GLUCOSE_CURVE, VISIT, ULTRASOUND, INJECTION]), min_size=1, max_size=4),
	st.lists(st.lists(masks, max_size=3), min_size=8, max_size=8),
	st.integers(0, 3),
)
def test_the_search_finds_what_a_plain_search_finds(services, free, max_wait):
	legs = slots.plan(services)
	specialists = {i: [Place(f"S{n}", 0, mask) for n, mask in enumerate(free[i])] for i in range(len(legs))}
	rooms = {i: [Place(f"R{n}", 0, mask) for n, mask in enumerate(free[4 + i])] for i in range(len(legs))}
	found = search(legs, specialists, rooms, max_wait=max_wait)
	expected = [
		bit for bit in range(60) if naive(DAY, legs, lambda i: (specialists[i], rooms[i]), max_wait, bit)
	]
	assert found.starts(DAY.grid(5)) == expected
	for bit in expected:
		slot = found.slot(bit)
		assert slot.free >= 1
		for choice in slot.choices:
			needed = cells.span(choice.first - DAY.first, choice.end - DAY.first)
			assert bool(choice.specialist) == choice.leg.needs_specialist
			for place in filter(None, (choice.specialist, choice.room)):
				assert place.free & needed == needed


def test_a_fortnight_of_ten_specialists_is_listed_once_a_start():
	window = Window(MONDAY, MONDAY + timedelta(days=13), MOSCOW)
	schedule = [Schedule("S", tuple(Period(day, 480, 1020) for day in range(7)))]
	free = slots.working(window, schedule, [], "S")
	found = search(slots.plan([VISIT]), {0: [Place(f"S{n}", 0, free) for n in range(10)]}, window=window)
	listed = [found.slot(bit) for bit in found.starts(window.grid(10))]
	assert len(listed) == 14 * 52
	assert {slot.free for slot in listed} == {10}
