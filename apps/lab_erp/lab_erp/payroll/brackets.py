"""Income tax by brackets, reckoned on the year's earnings to date. No site needed."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from lab_erp.utils.money import ZERO, money


@dataclass(frozen=True)
class Bracket:
	"""A part of the year's earnings and its rate.

	Args:
		start: from this amount.
		end: to this amount; None where it has no end.
		percent: of the part within.
	"""

	start: Decimal
	end: Decimal | None
	percent: Decimal


def year_tax(brackets: Sequence[Bracket], earned: Decimal) -> Decimal:
	"""Return the tax on the year's earnings to date."""
	tax = Decimal(0)
	for one in brackets:
		top = earned if one.end is None else min(earned, one.end)
		tax += max(top - one.start, ZERO) * one.percent / 100
	return money(tax)


def to_withhold(
	brackets: Sequence[Bracket], earned_before: Decimal, earned: Decimal, withheld: Decimal
) -> Decimal:
	"""Return what to withhold now: the year's tax to date less what has been withheld; never below zero.

	Args:
		brackets: of the year.
		earned_before: taxable earnings of the year's earlier periods.
		earned: taxable earnings of this period.
		withheld: tax withheld earlier in the year.
	"""
	return max(year_tax(brackets, earned_before + earned) - withheld, ZERO)
