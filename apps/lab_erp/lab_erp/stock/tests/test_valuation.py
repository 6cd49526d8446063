from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lab_erp.stock.valuation import (
	FIFO,
	MOVING_AVERAGE,
	Layer,
	MovedOn,
	Short,
	Stock,
	give_back,
	issue,
	lowest_from,
	receive,
	take_back,
)

METHODS = pytest.mark.parametrize("method", [FIFO, MOVING_AVERAGE])


def D(value: object) -> Decimal:
	return Decimal(str(value))


def stock_of(method: str, *receipts: tuple) -> Stock:
	stock = Stock()
	for number, (qty, value) in enumerate(receipts, 1):
		stock = receive(stock, D(qty), D(value), method, number).stock
	return stock


def test_first_in_first_out():
	move = issue(stock_of(FIFO, (10, 100), (10, 200)), D(15), FIFO)
	assert move.difference == D(-200)
	assert (move.stock.qty, move.stock.value) == (D(5), D(100))


def test_moving_average():
	move = issue(stock_of(MOVING_AVERAGE, (10, 100), (10, 200)), D(15), MOVING_AVERAGE)
	assert move.difference == D(-225)
	assert (move.stock.qty, move.stock.value) == (D(5), D(75))


@METHODS
def test_thirds_leave_nothing_behind(method):
	stock = stock_of(method, (3, 100))
	for _number in range(3):
		stock = issue(stock, D(1), method).stock
	assert (stock.qty, stock.value) == (0, 0)


@METHODS
def test_no_more_than_there_is(method):
	with pytest.raises(Short) as short:
		issue(stock_of(method, (3, 100)), D(4), method)
	assert short.value.has == 3


@METHODS
def test_below_zero_is_made_good_by_the_next_receipt(method):
	owing = issue(stock_of(method, (2, 20)), D(5), method, below_zero=True)
	assert (owing.stock.qty, owing.stock.value) == (D(-3), D(-30))
	filled = receive(owing.stock, D(10), D(200), method, 9)
	assert (filled.stock.qty, filled.stock.value) == (D(7), D(140))
	assert filled.difference == D(170)
	partly = receive(owing.stock, D(1), D(20), method, 9)
	assert (partly.stock.qty, partly.stock.value) == (D(-2), D(-20))


@METHODS
def test_an_issue_undone_brings_back_what_it_took(method):
	before = stock_of(method, (10, 100), (10, 200))
	move = issue(before, D(15), method)
	after = give_back(move.stock, move.used, method)
	assert after.stock.layers == before.layers
	assert after.difference == -move.difference


@METHODS
def test_a_receipt_undone_takes_its_goods_away(method):
	move = receive(stock_of(method, (10, 100)), D(5), D(80), method, 2)
	back = take_back(move.stock, Layer(D(5), D(80), 2), method)
	assert (back.stock.qty, back.stock.value, back.difference) == (D(10), D(100), D(-80))


@METHODS
def test_goods_that_went_on_cannot_be_taken_back(method):
	left = issue(stock_of(method, (10, 100)), D(5), method).stock
	with pytest.raises(MovedOn):
		take_back(left, Layer(D(10), D(100), 1), method)


def test_lowest_balance_from_a_moment():
	movements = [(1, D(10)), (5, D(-8)), (3, D(2))]
	assert lowest_from(movements, 2) == D(4)
	assert lowest_from(movements, 0) == D(0)


@METHODS
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
	steps=st.lists(st.tuples(st.integers(-30, 30), st.integers(1, 99_999)), max_size=30), below=st.booleans()
)
def test_value_is_the_sum_of_its_changes(method, steps, below):
	stock, total, qty = Stock(), D(0), D(0)
	for number, (step, kopecks) in enumerate(steps, 1):
		if not step or (step < 0 and not below and -step > qty):
			continue
		if step > 0:
			move = receive(stock, D(step), D(kopecks) / 100, method, number)
		else:
			move = issue(stock, D(-step), method, below)
		stock, total, qty = move.stock, total + move.difference, qty + step
		assert (stock.qty, stock.value) == (qty, total)
		assert bool(stock.qty) or not stock.value
