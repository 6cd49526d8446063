"""What a registrar of receipts takes and promises."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

SELL, SELL_REFUND = "Sell", "Sell Refund"
WAIT, DONE, FAILED = "wait", "done", "fail"


class Unreachable(Exception):
	"""No answer, or one that says nothing: the same receipt may be sent again under its own id."""


class Rejected(Exception):
	"""The registrar will not take this receipt as it is; people must look at it."""


@dataclass(frozen=True)
class Position:
	"""A line: `payment_method` full_payment or advance, `payment_object` service or payment; no VAT."""

	name: str
	price: Decimal
	quantity: Decimal
	amount: Decimal
	payment_method: str
	payment_object: str


@dataclass(frozen=True)
class Receipt:
	"""A receipt to register.

	Args:
		id: ours; a registrar takes the same id once.
		kind: `SELL` or `SELL_REFUND`.
		at: when the money moved, in the site's zone.
		contact: e-mail or phone of the payer; empty when unknown.
	"""

	id: str
	kind: str
	at: datetime
	positions: Sequence[Position]
	cash: Decimal
	electronic: Decimal
	prepaid: Decimal
	contact: str

	@property
	def total(self) -> Decimal:
		return sum((one.amount for one in self.positions), Decimal(0))


@dataclass(frozen=True)
class Outcome:
	"""What became of a receipt: `status` is `WAIT`, `DONE` or `FAILED`."""

	status: str
	fn_number: str = ""
	fd_number: str = ""
	fiscal_sign: str = ""
	url: str = ""
	error: str = ""


class Registrar(ABC):
	"""A way to register receipts."""

	@abstractmethod
	def send(self, receipt: Receipt) -> str:
		"""Hand a receipt over; return the registrar's id of it, the same one for the same receipt.

		Raises:
			Unreachable: try again later.
			Rejected: it will never be taken.
		"""

	@abstractmethod
	def outcome(self, receipt_id: str) -> Outcome:
		"""Ask what became of a receipt.

		Raises:
			Unreachable: ask again later.
		"""
