"""What a payment provider takes and promises."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

SUCCEEDED, FAILED = "succeeded", "failed"


@dataclass(frozen=True)
class Charge:
	"""What is to be paid.

	Args:
		link: name of the Payment Request Link; the provider gives it back with its notification.
		attempt: makes a repeated start of one attempt the same payment for the provider.
		amount: exact, with two digits.
		currency: ISO 4217.
		description: for the payer's statement; without medical content.
		return_url: where the payer comes back to.
	"""

	link: str
	attempt: str
	amount: Decimal
	currency: str
	description: str
	return_url: str


@dataclass(frozen=True)
class Started:
	"""A payment that waits for its payer: the provider's id of it, and where he confirms it."""

	payment_id: str
	url: str


@dataclass(frozen=True)
class Notification:
	"""What a provider says has happened; its truth has been checked.

	Args:
		status: `SUCCEEDED` or `FAILED`.
		link: name of the Payment Request Link that it was started with.
	"""

	payment_id: str
	status: str
	amount: Decimal
	currency: str
	link: str


@dataclass(frozen=True)
class Refund:
	"""What is to be given back.

	Args:
		payment_id: the provider's id of the payment.
		key: the same key is the same refund for the provider, however often it is asked.
		amount: exact, with two digits; no more than was paid.
	"""

	payment_id: str
	key: str
	amount: Decimal
	currency: str


class Provider(ABC):
	"""A way to be paid. `can_refund`: it gives money back when asked."""

	can_refund = False

	@abstractmethod
	def start(self, charge: Charge) -> Started:
		"""Begin a payment.

		Raises:
			Refusal: PROVIDER_FAILED (502): it did not take it; the patient may try again.
		"""

	@abstractmethod
	def read(self, headers: Mapping[str, str], body: bytes) -> Notification | None:
		"""Return what a webhook call says; None if it is of no interest here.

		Raises:
			Refusal: SIGNATURE_WRONG (403): it does not come from the provider, or was altered.
		"""

	def look_up(self, payment_id: str) -> Notification | None:
		"""Return what became of a payment; None while it is under way, or of a provider that is not asked.

		Raises:
			Refusal: PROVIDER_FAILED (502): no answer; SIGNATURE_WRONG (403): it knows of no such payment.
		"""
		return None

	def refund(self, refund: Refund) -> str:
		"""Give money back; return the provider's id of the refund. Only where `can_refund`.

		Raises:
			Refusal: PROVIDER_FAILED (502): it may be asked again; REFUND_PENDING, REFUND_REFUSED (409).
		"""
		raise NotImplementedError
