"""Totals of an invoice: taxes added to prices or held in them, exempt lines, discounts, to the kopeck."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from lab_erp.utils.money import ZERO, money, shares

HUNDRED = Decimal(100)
ACTUAL = "Actual"
ON_NET_TOTAL = "On Net Total"
ON_ROW_AMOUNT = "On Previous Row Amount"
ON_ROW_TOTAL = "On Previous Row Total"
ON_QUANTITY = "On Item Quantity"


class TaxRefused(ValueError):
	"""A row of taxes that cannot be computed.

	Args:
		row: its number, from 1.
	"""

	def __init__(self, row: int):
		super().__init__(f"tax row {row} cannot be computed")
		self.row = row


@dataclass(frozen=True)
class Line:
	"""One line of goods: its amount before any discount of the whole document.

	Args:
		amount: price × quantity.
		quantity: in stock units.
		rates: account of a tax → per cent that this line carries in place of the row's own.
	"""

	amount: Decimal
	quantity: Decimal = Decimal(1)
	rates: Mapping[str, Decimal] = field(default_factory=dict)

	def rate(self, tax: "Tax") -> Decimal:
		"""Return the per cent of a tax on this line."""
		return self.rates.get(tax.account, tax.rate)


@dataclass(frozen=True)
class Tax:
	"""One row of taxes and charges.

	Args:
		kind: how it is reckoned (the constants of this module).
		rate: per cent, or an amount per unit for `On Item Quantity`.
		amount: for `Actual`.
		row: number of the row that it is reckoned from, from 1.
		included: the prices hold it already.
		sign: -1 where it is deducted.
	"""

	kind: str
	account: str
	rate: Decimal = ZERO
	amount: Decimal = ZERO
	row: int = 0
	included: bool = False
	sign: int = 1


@dataclass
class Totals:
	"""What a document comes to: `nets` by line, `taxes` and `running` by row of taxes, `by_line` by both."""

	nets: list[Decimal]
	discounts: list[Decimal]
	taxes: list[Decimal]
	running: list[Decimal]
	by_line: list[list[Decimal]]
	total: Decimal = ZERO
	discount: Decimal = ZERO

	@property
	def net_total(self) -> Decimal:
		return sum(self.nets, ZERO)

	@property
	def grand_total(self) -> Decimal:
		return self.running[-1] if self.running else self.net_total


def compute(
	lines: Sequence[Line],
	taxes: Sequence[Tax] = (),
	discount: Decimal = ZERO,
	percent: Decimal = ZERO,
	on_net: bool = False,
) -> Totals:
	"""Return the totals of a document.

	Args:
		lines: goods.
		taxes: rows of taxes, in order.
		discount: amount off the whole document; without it `percent` decides.
		percent: per cent off.
		on_net: the discount is off the net total, not off the grand total.

	Raises:
		TaxRefused: a row refers to a later one, or is included but no per cent of the net total.
	"""
	_check(taxes)
	gross = [line.amount for line in lines]
	plain = _run(lines, taxes, gross, _nets(lines, taxes, gross))
	plain.total = sum(gross, ZERO)
	base = plain.net_total if on_net else plain.grand_total
	off = money(discount) if discount else money(base * percent / HUNDRED)
	if not off:
		return plain
	result = (_off_net if on_net else _off_grand)(lines, taxes, plain, off)
	result.discounts = [before - after for before, after in zip(plain.nets, result.nets, strict=True)]
	result.total, result.discount = plain.total, off
	return result


def _check(taxes: Sequence[Tax]) -> None:
	for number, tax in enumerate(taxes, 1):
		refers = tax.kind in (ON_ROW_AMOUNT, ON_ROW_TOTAL)
		if (refers and not 0 < tax.row < number) or (tax.included and tax.kind != ON_NET_TOTAL):
			raise TaxRefused(number)


def _nets(lines: Sequence[Line], taxes: Sequence[Tax], gross: Sequence[Decimal]) -> list[Decimal]:
	"""Take the taxes that prices hold out of them."""
	nets = []
	for line, amount in zip(lines, gross, strict=True):
		held = sum((line.rate(tax) * tax.sign for tax in taxes if tax.included), Decimal(0))
		nets.append(money(amount / (1 + held / HUNDRED)))
	return nets


def _run(
	lines: Sequence[Line], taxes: Sequence[Tax], gross: Sequence[Decimal], nets: Sequence[Decimal]
) -> Totals:
	"""Reckon the taxes on given net amounts; what prices held is exactly gross less net."""
	running_total = sum(nets, ZERO)
	result = Totals(list(nets), [ZERO] * len(nets), [], [], [])
	held = _held(lines, taxes, gross, nets)
	for number, tax in enumerate(taxes):
		if tax.included:
			by_line = held[number]
		else:
			amount = _amount(lines, tax, nets, result)
			weights = [abs(net * line.rate(tax)) for line, net in zip(lines, nets, strict=True)]
			by_line = shares(amount, weights if tax.kind == ON_NET_TOTAL else [abs(net) for net in nets])
		amount = sum(by_line, ZERO)
		running_total += amount * tax.sign
		result.taxes.append(amount)
		result.running.append(running_total)
		result.by_line.append(by_line)
	return result


def _held(
	lines: Sequence[Line], taxes: Sequence[Tax], gross: Sequence[Decimal], nets: Sequence[Decimal]
) -> dict[int, list[Decimal]]:
	"""Split what each line's price held between the rows of included taxes."""
	rows = [number for number, tax in enumerate(taxes) if tax.included]
	held: dict[int, list[Decimal]] = {row: [] for row in rows}
	for line, amount, net in zip(lines, gross, nets, strict=True):
		rates = [line.rate(taxes[row]) * taxes[row].sign for row in rows]
		for row, part in zip(rows, shares(amount - net, rates), strict=True):
			held[row].append(part * taxes[row].sign)
	return held


def _amount(lines: Sequence[Line], tax: Tax, nets: Sequence[Decimal], so_far: Totals) -> Decimal:
	if tax.kind == ACTUAL:
		return money(tax.amount)
	if tax.kind == ON_QUANTITY:
		return money(sum((line.quantity * line.rate(tax) for line in lines), Decimal(0)))
	if tax.kind == ON_ROW_AMOUNT:
		return money(so_far.taxes[tax.row - 1] * tax.rate / HUNDRED)
	if tax.kind == ON_ROW_TOTAL:
		return money(so_far.running[tax.row - 1] * tax.rate / HUNDRED)
	owed = (net * line.rate(tax) for line, net in zip(lines, nets, strict=True))
	return money(sum(owed, Decimal(0)) / HUNDRED)


def _off_net(lines: Sequence[Line], taxes: Sequence[Tax], plain: Totals, off: Decimal) -> Totals:
	nets = [net - part for net, part in zip(plain.nets, shares(off, plain.nets), strict=True)]
	gross = []
	for line, net in zip(lines, nets, strict=True):
		held = sum((line.rate(tax) * tax.sign for tax in taxes if tax.included), Decimal(0))
		gross.append(money(net * (1 + held / HUNDRED)))
	return _run(lines, taxes, gross, nets)


def _off_grand(lines: Sequence[Line], taxes: Sequence[Tax], plain: Totals, off: Decimal) -> Totals:
	"""Cut the lines so that the grand total falls by `off`; what rounding leaves goes to one line."""
	amounts = [line.amount for line in lines]
	fixed = sum((tax.amount * tax.sign for tax in taxes if tax.kind == ACTUAL), ZERO)
	base = plain.grand_total - fixed
	wanted = plain.grand_total - off
	cut = money(off * sum(amounts, ZERO) / base) if base else off
	for _try in range(3):
		gross = [amount - part for amount, part in zip(amounts, shares(cut, amounts), strict=True)]
		result = _run(lines, taxes, gross, _nets(lines, taxes, gross))
		left = wanted - result.grand_total
		if not left:
			return result
		cut -= left
	largest = max(range(len(lines)), key=lambda number: abs(result.nets[number]))
	result.nets[largest] += left
	result.running = [total + left for total in result.running]
	return result
