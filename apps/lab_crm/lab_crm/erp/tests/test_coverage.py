"""What an insurer pays for, by its terms alone; no site is needed."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab_crm.erp import coverage
from lab_crm.erp.coverage import Letter, Line, Rule, allows, decide

D = Decimal
BLOOD = Line("blood", "haematology", D("500.00"))
GLUCOSE = Line("glucose", "biochemistry", D("300.00"))
UREA = Line("urea", "biochemistry", D("250.50"))


def reasons(decisions) -> list[str | None]:
	return [one.reason for one in decisions]


@pytest.mark.parametrize(
	("rules", "line", "covered"),
	[
		([], BLOOD, True),
		([Rule("blood")], BLOOD, True),
		([Rule("blood")], GLUCOSE, False),
		([Rule(category="biochemistry")], UREA, True),
		([Rule(category="biochemistry")], BLOOD, False),
		([Rule("blood", excluded=True)], BLOOD, False),
		([Rule("blood", excluded=True)], GLUCOSE, True),
		([Rule(category="biochemistry"), Rule("urea", excluded=True)], UREA, False),
		([Rule(category="biochemistry", excluded=True), Rule("urea")], UREA, True),
		([Rule("blood"), Rule("blood", excluded=True)], BLOOD, False),
		([Rule(category="biochemistry")], Line("other", None, D(1)), False),
	],
)
def test_terms(rules, line, covered):
	assert allows(rules, line) is covered


def test_without_a_letter_the_contract_decides_unless_it_wants_one():
	terms = [Rule(category="biochemistry")]
	assert reasons(decide([GLUCOSE, BLOOD], terms, [], False)) == [None, coverage.OUTSIDE_CONTRACT]
	assert reasons(decide([GLUCOSE], terms, [], True)) == [coverage.NO_LETTER]


def test_a_letter_pays_within_its_sum_to_the_kopeck():
	letter = Letter("L", amount=D("550.50"))
	decisions = decide([GLUCOSE, UREA, BLOOD], [], [letter], True)
	assert reasons(decisions) == [None, None, coverage.AMOUNT_SPENT]
	assert letter.is_spent
	letter = Letter("L", amount=D("550.49"))
	assert reasons(decide([GLUCOSE, UREA], [], [letter], True)) == [None, coverage.AMOUNT_SPENT]


def test_what_does_not_fit_leaves_room_for_what_does():
	letter = Letter("L", amount=D("300.00"))
	assert reasons(decide([BLOOD, GLUCOSE], [], [letter], True)) == [coverage.AMOUNT_SPENT, None]


def test_numbers_of_services_are_limited_for_the_letter_and_for_a_line():
	letter = Letter("L", [Rule("blood", quantity=1), Rule(category="biochemistry")], quantity=3)
	decisions = decide([BLOOD, BLOOD, GLUCOSE, UREA, UREA], [], [letter], True)
	spent = coverage.QUANTITY_SPENT
	assert reasons(decisions) == [None, spent, None, None, spent]


def test_what_was_used_before_counts():
	letter = Letter("L", amount=D("700.00"), used=[BLOOD])
	assert reasons(decide([GLUCOSE], [], [letter], True)) == [coverage.AMOUNT_SPENT]


def test_the_next_letter_pays_what_the_first_cannot():
	letters = [Letter("first", amount=D("300.00")), Letter("second", [Rule("blood")])]
	decisions = decide([GLUCOSE, BLOOD, UREA], [], letters, True)
	assert [one.letter for one in decisions] == ["first", "second", None]
	# The nearest to being paid is the reason that helps.
	assert decisions[2].reason == coverage.AMOUNT_SPENT


@given(
	st.lists(st.decimals(0, 5000, places=2), max_size=12),
	st.decimals("0.01", 20000, places=2),
	st.integers(1, 12),
)
def test_no_limit_is_ever_exceeded(prices, amount, quantity):
	letter = Letter("L", amount=amount, quantity=quantity)
	lines = [Line(f"s{number}", None, price) for number, price in enumerate(prices)]
	covered = [one for one in decide(lines, [], [letter], True) if one.covered]
	assert sum((one.line.price for one in covered), D(0)) == letter.spent <= amount
	assert len(covered) == len(letter.used) <= quantity
