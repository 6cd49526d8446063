"""Money in exact hundredths."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

KOPECK = Decimal("0.01")
ZERO = Decimal("0.00")


def exact(value: object) -> Decimal:
	"""Return a number as it is written, not as binary floats hold it; None and "" are zero."""
	if isinstance(value, Decimal):
		return value
	return Decimal(str(value)) if value not in (None, "") else Decimal(0)


def money(value: object) -> Decimal:
	"""Return an amount rounded to hundredths, halves away from zero."""
	return exact(value).quantize(KOPECK, rounding=ROUND_HALF_UP)


def shares(total: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
	"""Split an amount by weights so that the parts add up to it exactly.

	Args:
		total: amount in hundredths.
		weights: of one sign; where all are zero, the first part takes everything.

	Returns:
		A part for each weight.
	"""
	whole = sum(weights, Decimal(0))
	if not weights:
		return []
	if not whole:
		return [total] + [ZERO] * (len(weights) - 1)
	parts, given, reached = [], ZERO, Decimal(0)
	for weight in weights:
		reached += weight
		upto = money(total * reached / whole)
		parts.append(upto - given)
		given = upto
	return parts
