from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lab_erp.utils.money import exact, money, shares

amounts = st.integers(0, 10**9).map(lambda kopecks: Decimal(kopecks) / 100)


@pytest.mark.parametrize(
	("value", "expected"),
	[(0.1 + 0.2, "0.30"), (2.675, "2.68"), (-2.675, "-2.68"), (None, "0.00"), ("7", "7.00")],
)
def test_money_rounds_halves_away_from_zero(value, expected):
	assert money(value) == Decimal(expected)


def test_exact_keeps_what_is_written():
	assert exact(0.1) == Decimal("0.1")


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(amounts, st.lists(amounts, min_size=1, max_size=20))
def test_shares_add_up(total, weights):
	parts = shares(total, weights)
	assert sum(parts) == total
	assert len(parts) == len(weights)


def test_shares_follow_the_weights():
	assert shares(Decimal("100.00"), [Decimal(1), Decimal(1), Decimal(1)]) == [
		Decimal("33.33"),
		Decimal("33.34"),
		Decimal("33.33"),
	]


def test_no_weights_no_parts():
	assert shares(Decimal("1.00"), []) == []
