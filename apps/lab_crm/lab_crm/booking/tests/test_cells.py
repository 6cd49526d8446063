"""Time as cells: midnight, zones, daylight saving, and the bit arithmetic."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab_crm.booking import cells
from lab_crm.booking.cells import Window

MOSCOW, BERLIN = ZoneInfo("Europe/Moscow"), ZoneInfo("Europe/Berlin")
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)  # Berlin loses and gains an hour


def test_a_cell_is_the_same_moment_in_every_zone():
	moscow = datetime(2026, 11, 21, 8, 30, tzinfo=MOSCOW)
	cell = cells.cell_at(moscow)
	assert cell == cells.cell_at(moscow.astimezone(UTC))
	assert cells.time_at(cell, ZoneInfo("Europe/Kaliningrad")).isoformat() == "2026-11-21T07:30:00+02:00"


def test_minutes_are_rounded_up_to_cells():
	assert [cells.cells_of(minutes) for minutes in (0, 1, 5, 6, 30)] == [1, 1, 1, 2, 6]


@pytest.mark.parametrize("day, hours", [(SPRING, 23), (AUTUMN, 25), (date(2026, 6, 1), 24)])
def test_a_day_of_changing_clocks_has_its_true_length(day, hours):
	window = Window(day, day, BERLIN)
	assert window.days_end == hours * 12


def test_working_hours_keep_the_wall_clock_on_the_day_the_clocks_change():
	first = cells.local_cell(SPRING, 8 * 60, BERLIN)
	assert cells.time_at(first, BERLIN).isoformat() == "2026-03-29T08:00:00+02:00"
	first = cells.local_cell(AUTUMN, 8 * 60, BERLIN)
	assert cells.time_at(first, BERLIN).isoformat() == "2026-10-25T08:00:00+01:00"


def test_a_skipped_hour_becomes_the_moment_that_would_have_been_it():
	skipped = cells.local_cell(SPRING, 2 * 60 + 30, BERLIN)
	assert cells.time_at(skipped, BERLIN).isoformat() == "2026-03-29T03:30:00+02:00"


def test_minutes_over_a_day_are_the_next_day():
	next_day = AUTUMN + timedelta(days=1)
	assert cells.local_cell(AUTUMN, 26 * 60, BERLIN) == cells.local_cell(next_day, 120, BERLIN)


@pytest.mark.parametrize("day, starts", [(SPRING, 23 * 4), (AUTUMN, 25 * 4), (date(2026, 6, 1), 96)])
def test_the_grid_follows_the_wall_clock(day, starts):
	window = Window(day, day, BERLIN)
	grid = cells.bits(window.grid(15))
	assert len(grid) == starts
	assert all(cells.time_at(window.first + bit, BERLIN).minute % 15 == 0 for bit in grid)


def test_the_grid_of_a_zone_with_half_an_hour():
	window = Window(date(2026, 6, 1), date(2026, 6, 2), ZoneInfo("Asia/Kolkata"))
	starts = [cells.time_at(window.first + bit, window.zone) for bit in cells.bits(window.grid(60))]
	assert [start.minute for start in starts] == [0] * 48


@given(st.integers(0, 2**60), st.integers(1, 14))
def test_runs_are_found_as_by_hand(free, length):
	text = bin(free)[:1:-1]
	by_hand = [at for at in range(len(text)) if text[at : at + length] == "1" * length]
	assert cells.bits(cells.runs(free, length)) == by_hand


@given(st.sets(st.integers(0, 300)))
def test_bits_are_the_numbers_that_were_set(numbers):
	assert cells.bits(sum(1 << number for number in numbers)) == sorted(numbers)


def test_a_span_backwards_is_empty():
	assert cells.span(5, 5) == cells.span(7, 3) == 0
