from decimal import Decimal

import pytest

from lab_erp.accounts.posting import Unbalanced, credit, debit, prepare, reversed_lines


def test_equal_lines_become_one_and_nothing_is_dropped_silently():
	lines = prepare([debit("Cash", 10), credit("Sales", 4), credit("Sales", 6), credit("Tax", 0)])
	assert [(line.account, line.debit, line.credit) for line in lines] == [
		("Cash", Decimal("10.00"), Decimal("0.00")),
		("Sales", Decimal("0.00"), Decimal("10.00")),
	]


def test_a_kopeck_of_difference_is_refused():
	with pytest.raises(Unbalanced) as refused:
		prepare([debit("Cash", "10.01"), credit("Sales", 10)])
	assert refused.value.difference == Decimal("0.01")


def test_a_negative_amount_changes_sides():
	assert debit("Cash", -5).credit == Decimal("5.00")


def test_reversal_undoes():
	lines = prepare([debit("Cash", 10), credit("Sales", 10)])
	assert prepare([*lines, *reversed_lines(lines)]) == []


def test_parties_are_kept_apart_and_named_as_the_other_side():
	lines = prepare([debit("Debtors", 5, party_type="Customer", party="A"), credit("Sales", 5)])
	assert lines[1].against == "A"
	assert lines[0].against == "Sales"
