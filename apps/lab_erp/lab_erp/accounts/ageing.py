"""How old debts are. No site needed."""

from collections.abc import Sequence
from decimal import Decimal

from lab_erp.utils.money import ZERO


def ranges(text: str | None) -> list[int]:
	"""Return the ends of ageing ranges in days: "30, 60, 90" → [30, 60, 90].

	Raises:
		ValueError: not numbers, or not rising.
	"""
	ends = [int(part) for part in (text or "30, 60, 90, 120").split(",")]
	if ends != sorted(set(ends)) or ends[0] < 1:
		raise ValueError(text)
	return ends


def spread(amount: Decimal, days: int, ends: Sequence[int]) -> list[Decimal]:
	"""Put a debt into the range of its age.

	Args:
		amount: the debt.
		days: its age; below zero where it is not due yet.
		ends: last day of every range but the last.

	Returns:
		An amount for each range: all of it in one, nothing in the others.
	"""
	row = [ZERO] * (len(ends) + 1)
	place = next((number for number, end in enumerate(ends) if days <= end), len(ends))
	row[place] = amount
	return row


def labels(ends: Sequence[int]) -> list[str]:
	"""Return names of the ranges: 0-30, 31-60, 61-Above without the last word, which callers translate."""
	starts = [0, *(end + 1 for end in ends)]
	return [f"{start}-{end}" for start, end in zip(starts, ends, strict=False)] + [f"{starts[-1]}+"]
