from decimal import Decimal

import pytest

from lab_erp.accounts.ageing import labels, ranges, spread


def test_ranges_and_their_names():
	assert ranges("30, 60") == [30, 60]
	assert labels([30, 60]) == ["0-30", "31-60", "61+"]


@pytest.mark.parametrize("text", ["60, 30", "0, 30", "a"])
def test_ranges_that_make_no_sense(text):
	with pytest.raises(ValueError):
		ranges(text)


@pytest.mark.parametrize(("days", "place"), [(-5, 0), (30, 0), (31, 1), (61, 2), (900, 2)])
def test_a_debt_is_in_one_range(days, place):
	row = spread(Decimal("7.00"), days, [30, 60])
	assert row[place] == sum(row) == Decimal("7.00")
