"""When a rule calls: months of different lengths, the lead, and how late is too late."""

from datetime import date

import pytest

from lab_crm.recall.due import Interval


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
def test_the_window_holds_every_visit_that_calls(months):
	interval = Interval(months, lead_days=10, max_late_days=20)
	today = date(2026, 3, 1)
	first, last = interval.window(today)
	days = [date.fromordinal(number) for number in range(today.toordinal() - 1000, today.toordinal() + 1)]
	calling = [day for day in days if interval.calls(day, today)]
	assert calling
	assert first <= calling[0]
	assert calling[-1] <= last
