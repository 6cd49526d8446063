"""Lines of the ledger: what a document posts, before it touches the database."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from lab_erp.utils.money import ZERO, money


class Unbalanced(ValueError):
	"""Debits and credits of a document differ.

	Args:
		difference: debits less credits.
	"""

	def __init__(self, difference: Decimal):
		super().__init__(f"debits less credits: {difference}")
		self.difference = difference


@dataclass(frozen=True)
class Line:
	"""One line of the ledger; amounts in the company's currency."""

	account: str
	debit: Decimal = ZERO
	credit: Decimal = ZERO
	party_type: str | None = None
	party: str | None = None
	cost_center: str | None = None
	against_voucher_type: str | None = None
	against_voucher: str | None = None
	against: str | None = None
	remarks: str | None = None

	@property
	def key(self) -> tuple:
		"""What two lines must share to be one."""
		return tuple(
			value for name, value in vars(self).items() if name not in ("debit", "credit", "against")
		)


def debit(account: str, amount: object, **details) -> Line:
	"""Return a line that debits an account; a negative amount credits it."""
	return _positive(Line(account, debit=money(amount), **details))


def credit(account: str, amount: object, **details) -> Line:
	"""Return a line that credits an account; a negative amount debits it."""
	return _positive(Line(account, credit=money(amount), **details))


def prepare(lines: Iterable[Line]) -> list[Line]:
	"""Merge what belongs together, drop what is nothing, and make sure that it balances.

	Raises:
		Unbalanced: debits and credits differ.
	"""
	merged: dict[tuple, Line] = {}
	for line in lines:
		before = merged.get(line.key)
		merged[line.key] = line if before is None else _sum(before, line)
	kept = [line for line in map(_positive, merged.values()) if line.debit or line.credit]
	difference = sum((line.debit - line.credit for line in kept), ZERO)
	if difference:
		raise Unbalanced(difference)
	return _with_against(kept)


def reversed_lines(lines: Iterable[Line]) -> list[Line]:
	"""Return the lines that undo others: debit and credit changed about."""
	return [replace(line, debit=line.credit, credit=line.debit) for line in lines]


def _sum(one: Line, other: Line) -> Line:
	net = one.debit - one.credit + other.debit - other.credit
	return replace(one, debit=max(net, ZERO), credit=max(-net, ZERO))


def _positive(line: Line) -> Line:
	net = line.debit - line.credit
	return replace(line, debit=max(net, ZERO), credit=max(-net, ZERO))


def _with_against(lines: list[Line]) -> list[Line]:
	sides = {
		True: ", ".join(dict.fromkeys(line.party or line.account for line in lines if line.credit)),
		False: ", ".join(dict.fromkeys(line.party or line.account for line in lines if line.debit)),
	}
	return [replace(line, against=line.against or sides[bool(line.debit)]) for line in lines]
