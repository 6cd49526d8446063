"""Which price applies; what a panel saves."""

from datetime import date
from decimal import Decimal

import pytest

from lab_crm.catalogue import prices
from lab_crm.catalogue.prices import Price, choose

DAY = date(2026, 11, 21)


def price(amount: int, **fields) -> Price:
	return Price("TSH", Decimal(amount), **fields)


def test_the_newest_price_in_force():
	rows = [
		price(500, valid_from=date(2025, 1, 1)),
		price(550, valid_from=date(2026, 11, 21)),
		price(600, valid_from=date(2026, 11, 22)),
	]
	assert choose(rows, DAY).price == 550
	assert choose(rows, date(2026, 11, 22)).price == 600
	assert choose(rows, date(2024, 12, 31)) is None


def test_an_action_price_ends_with_its_last_day():
	rows = [price(500, valid_from=date(2025, 1, 1)), price(400, valid_from=date(2026, 11, 1), valid_to=DAY)]
	assert choose(rows, DAY).price == 400
	assert choose(rows, date(2026, 11, 22)).price == 500


def test_the_branch_before_every_branch():
	rows = [price(500, valid_from=DAY), price(450, branch="A", valid_from=date(2020, 1, 1))]
	assert choose(rows, DAY, "A").price == 450
	assert choose(rows, DAY, "B").price == 500
	assert choose(rows, DAY).price == 500


def test_a_negotiated_price_list_before_the_general_one():
	rows = [
		price(500, branch="A"),
		price(300, funding="Corporate", price_list="Завод"),
		price(350, funding="Corporate"),
	]
	assert choose(rows, DAY, "A", "Corporate", "Завод").price == 300
	assert choose(rows, DAY, "A", "Corporate").price == 350
	assert choose(rows, DAY, "A", "Corporate", "Другой").price == 350


@pytest.mark.parametrize(
	("funding", "expected"), [("DMS", 500), ("Corporate", 500), ("Self-pay", 500), ("OMS", None)]
)
def test_who_falls_back_to_the_self_pay_price(funding, expected):
	found = choose([price(500)], DAY, funding=funding)
	assert (found and found.price) == expected


def test_a_row_of_the_database():
	row = prices.as_price({"service": "TSH", "price": 549.999, "branch": "", "funding": None})
	assert (row.price, row.branch, row.funding, row.currency) == (Decimal("550.00"), None, "Self-pay", "RUB")


def test_saving():
	items = [Decimal(550), Decimal(600), Decimal(750)]
	assert prices.saving(Decimal(1520), items) == 380
	assert prices.saving_percent(Decimal(1520), items) == 20
	assert prices.saving(Decimal(2000), items) == -100
	assert prices.saving_percent(Decimal(1), []) == 0


def test_names_of_rows_are_their_keys():
	name = prices.key_name("TSH", None, "Self-pay", None, "2025-01-01")
	assert name == prices.key_name("TSH", "", "", "", date(2025, 1, 1))
	others = [
		prices.key_name("TSH", "A", "Self-pay", None, "2025-01-01"),
		prices.key_name("TSH", None, "DMS", None, "2025-01-01"),
		prices.key_name("TSH", None, "Self-pay", "A", "2025-01-01"),
		prices.key_name("TSH", None, "Self-pay", None, "2025-01-02"),
		prices.key_name("FT4", None, "Self-pay", None, "2025-01-01"),
	]
	assert len({name, *others}) == 6


def test_money_for_people():
	assert prices.format_money(Decimal(1520)) == "1\u00a0520\u00a0₽"
	assert prices.format_money(Decimal("99.5")) == "99,50\u00a0₽"
	assert prices.format_money(Decimal(0)) == "0\u00a0₽"
