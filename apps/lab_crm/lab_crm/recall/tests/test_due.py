"""When a rule calls: months of different lengths, the lead, and how late is too late."""

from datetime import date, timedelta
from itertools import pairwise

import pytest

from lab_crm.recall.due import Interval, slices


@pytest.mark.parametrize(
	("last", "months", "due"),
	[
		(date(2026, 1, 15), 6, date(2026, 7, 15)),
		(date(2026, 8, 31), 6, date(2027, 2, 28)),
		(date(2024, 2, 29), 12, date(2025, 2, 28)),
		(date(2026, 11, 30), 3, date(2027, 2, 28)),
	],
)
def test_the_control_is_due_on_the_same_day_of_a_later_month(last, months, due):
	assert Interval(months).due_on(last) == due


@pytest.mark.parametrize(
	("today", "calls"),
	[
		(date(2026, 7, 7), False),
		(date(2026, 7, 8), True),
		(date(2026, 7, 15), True),
		(date(2026, 8, 14), True),
		(date(2026, 8, 15), False),
	],
)
def test_it_calls_from_the_lead_to_the_latest_day(today, calls):
	interval = Interval(months=6, lead_days=7, max_late_days=30)
	assert interval.calls(date(2026, 1, 15), today) is calls


@pytest.mark.parametrize("months", [1, 2, 3, 6, 11, 12, 18])
@pytest.mark.parametrize(("lead", "late"), [(0, 0), (0, 20), (10, 0), (31, 60)])
@pytest.mark.parametrize(
	"today", [date(2026, 3, 1), date(2026, 2, 28), date(2028, 2, 29), date(2026, 12, 31)]
)
def test_the_window_is_just_the_days_that_call(months, lead, late, today):
	interval = Interval(months, lead, late)
	days = [today - timedelta(days=number) for number in range(1000, -1, -1)]
	calling = [day for day in days if interval.calls(day, today)]
	assert interval.window(today) == ((calling[0], calling[-1]) if calling else None)


def test_a_day_that_no_month_leads_to_calls_nobody():
	# No day three months earlier falls on 31 May: February has none.
	assert Interval(months=3).window(date(2026, 5, 31)) is not None
	assert Interval(months=3, max_late_days=0).window(date(2026, 5, 31)) is None


def test_slices_cover_every_day_once():
	first, last = date(2026, 1, 1), date(2026, 3, 17)
	pieces = list(slices(first, last))
	assert pieces[0][0] == first and pieces[-1][1] == last + timedelta(days=1)
	assert all(before[1] == after[0] for before, after in pairwise(pieces))
