"""What goods are worth: moving average and first in, first out, to the kopeck. No site needed.

Stock is a queue of layers, each with its quantity and its value, so that nothing is lost by dividing. Moving
average keeps one layer. Stock below zero is one layer of negative quantity, at the last known rate; the
receipt that fills it corrects the cost of what had been issued too early.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal

from lab_erp.utils.money import ZERO, exact, money

FIFO = "FIFO"
MOVING_AVERAGE = "Moving Average"
SMALLEST = Decimal("0.000001")


class Short(ValueError):
	"""There is not enough.

	Args:
		has: what there is.
	"""

	def __init__(self, has: Decimal):
		super().__init__(f"only {has}")
		self.has = has


class MovedOn(ValueError):
	"""A receipt cannot be taken back: its goods are no longer told apart."""


@dataclass(frozen=True)
class Layer:
	"""Goods that came together: their quantity, value and the number of the movement that brought them."""

	qty: Decimal
	value: Decimal
	origin: int = 0


@dataclass(frozen=True)
class Stock:
	"""What a warehouse has of an item; `rate` is the last known value of a unit."""

	layers: tuple[Layer, ...] = ()
	rate: Decimal = ZERO

	@property
	def qty(self) -> Decimal:
		return sum((layer.qty for layer in self.layers), Decimal(0))

	@property
	def value(self) -> Decimal:
		return sum((layer.value for layer in self.layers), ZERO)


@dataclass(frozen=True)
class Move:
	"""A movement: the stock after it, the change of its value, and the layers it took."""

	stock: Stock
	difference: Decimal
	used: tuple[Layer, ...] = field(default=())


def quantity(value: object) -> Decimal:
	"""Return a quantity rounded to millionths."""
	return exact(value).quantize(SMALLEST)


def receive(stock: Stock, qty: Decimal, value: Decimal, method: str, origin: int = 0) -> Move:
	"""Take goods in.

	Args:
		stock: before.
		qty: above zero.
		value: what all of it is worth.
		method: `FIFO` or `Moving Average`.
		origin: number of the movement.

	Returns:
		The move; its difference is not `value` where goods had been issued below zero at another rate.
	"""
	layers, came = list(stock.layers), Layer(qty, value, origin)
	if stock.qty < 0:
		layers, came = _fill(stock, came)
	if came.qty:
		layers.append(came)
	after = _settled(layers, method, value / qty)
	return Move(after, after.value - stock.value)


def issue(stock: Stock, qty: Decimal, method: str, below_zero: bool = False) -> Move:
	"""Give goods out, the oldest first (moving average has only one age).

	Args:
		stock: before.
		qty: above zero.
		method: `FIFO` or `Moving Average`.
		below_zero: more than there is may go.

	Raises:
		Short: there is less, and it may not go below zero.
	"""
	if qty > max(stock.qty, Decimal(0)) and not below_zero:
		raise Short(stock.qty)
	left, layers, used = qty, list(stock.layers), []
	while left and layers and layers[0].qty > 0:
		first = layers.pop(0)
		part = (
			first
			if first.qty <= left
			else replace(first, qty=left, value=money(first.value * left / first.qty))
		)
		used.append(part)
		left -= part.qty
		if first.qty > part.qty:
			layers.insert(0, replace(first, qty=first.qty - part.qty, value=first.value - part.value))
	if left:
		used.append(Layer(left, money(left * stock.rate)))
		layers = [Layer(-left, -used[-1].value), *layers]
	after = _settled(layers, method, stock.rate)
	return Move(after, after.value - stock.value, tuple(used))


def give_back(stock: Stock, used: Iterable[Layer], method: str) -> Move:
	"""Undo an issue: what it took comes back as it was."""
	layers = list(stock.layers)
	for layer in reversed(list(used)):
		if layers and layers[0].origin == layer.origin:
			first = layers.pop(0)
			layer = replace(layer, qty=layer.qty + first.qty, value=layer.value + first.value)
		layers.insert(0, layer)
	after = _settled(layers, method, stock.rate)
	return Move(after, after.value - stock.value)


def take_back(stock: Stock, came: Layer, method: str) -> Move:
	"""Undo a receipt.

	Args:
		stock: before.
		came: what it brought: quantity, change of value, number.
		method: `FIFO` or `Moving Average`.

	Raises:
		MovedOn: what it brought is no longer there as it came.
	"""
	layers = list(stock.layers)
	if method == MOVING_AVERAGE:
		whole = Layer(stock.qty - came.qty, stock.value - came.value)
		if whole.qty < 0 or whole.value < 0 or (not whole.qty and whole.value):
			raise MovedOn
		layers = [whole]
	elif came in layers:
		layers.remove(came)
	else:
		raise MovedOn
	after = _settled(layers, method, stock.rate)
	return Move(after, after.value - stock.value)


def lowest_from(movements: Iterable[tuple], at) -> Decimal:
	"""Return the lowest balance at a moment or after it.

	Args:
		movements: (moment, quantity) pairs.
		at: the moment.
	"""
	ordered = sorted(movements, key=lambda pair: pair[0])
	balance = sum((qty for moment, qty in ordered if moment <= at), Decimal(0))
	lowest = balance
	for moment, qty in ordered:
		if moment > at:
			balance += qty
			lowest = min(lowest, balance)
	return lowest


def _fill(stock: Stock, came: Layer) -> tuple[list[Layer], Layer]:
	"""Let goods that came fill what is below zero; return the layers left and what remains of the goods."""
	missing = -stock.qty
	if came.qty < missing:
		left = missing - came.qty
		return [Layer(-left, -money(-stock.value * left / missing))], Layer(Decimal(0), ZERO)
	remains = came.qty - missing
	return [], replace(came, qty=remains, value=money(came.value * remains / came.qty))


def _settled(layers: list[Layer], method: str, rate: Decimal) -> Stock:
	kept = [layer for layer in layers if layer.qty or layer.value]
	if method == MOVING_AVERAGE and kept:
		kept = [Layer(sum(layer.qty for layer in kept), sum((layer.value for layer in kept), ZERO))]
		kept = [layer for layer in kept if layer.qty]
	stock = Stock(tuple(kept))
	return replace(stock, rate=stock.value / stock.qty if stock.qty > 0 else rate)
