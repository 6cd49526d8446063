"""How far back a number of working minutes reaches: nights, weekends, overlaps."""

from datetime import datetime, time

import pytest

from lab_crm.lis.working_time import Period, reach_back

EIGHT_TO_SIX = [Period(day, time(8), time(18)) for day in range(5)]
MONDAY, FRIDAY, SATURDAY = datetime(2026, 11, 23), datetime(2026, 11, 20), datetime(2026, 11, 21)


@pytest.mark.parametrize(
	("now", "minutes", "expected"),
	[
		(MONDAY.replace(hour=12), 60, MONDAY.replace(hour=11)),
		(MONDAY.replace(hour=8, minute=30), 60, FRIDAY.replace(hour=17, minute=30)),
		(MONDAY.replace(hour=8, minute=30), 30, MONDAY.replace(hour=8)),
		(MONDAY.replace(hour=9), 60 + 600, FRIDAY.replace(hour=8)),
		(MONDAY.replace(hour=18), 60, MONDAY.replace(hour=17)),
		(MONDAY.replace(hour=8), 60, None),
		(MONDAY.replace(hour=18, minute=1), 60, None),
		(SATURDAY.replace(hour=12), 60, None),
	],
)
def test_only_working_minutes_count(now, minutes, expected):
	assert reach_back(now, minutes, EIGHT_TO_SIX) == expected


def test_without_hours_every_minute_counts():
	assert reach_back(MONDAY.replace(hour=0, minute=10), 30, []) == datetime(2026, 11, 22, 23, 40)


def test_a_night_shift_goes_on_after_midnight():
	nights = [Period(4, time(20), time(6))]
	assert reach_back(SATURDAY.replace(hour=1), 120, nights) == FRIDAY.replace(hour=23)
	assert reach_back(SATURDAY.replace(hour=7), 120, nights) is None


def test_overlapping_hours_count_once():
	hours = [Period(0, time(8), time(12)), Period(0, time(10), time(14)), Period(0, time(9), time(11))]
	assert reach_back(MONDAY.replace(hour=13), 300, hours) == MONDAY.replace(hour=8)


def test_a_whole_day():
	assert reach_back(MONDAY.replace(hour=23), 60, [Period(0, time(0), time(0))]) == MONDAY.replace(hour=22)


def test_too_few_hours_give_no_answer():
	assert reach_back(MONDAY.replace(hour=9), 10**6, EIGHT_TO_SIX) is None
