"""The provider of benches without acquiring: a local page confirms the payment, nobody is charged.

The page sends the same webhook that a real provider would, signed with a key of this site, so that everything
behind it is what runs in production.
"""

import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from frappe import _

from lab_crm.erp.providers.base import SUCCEEDED, Charge, Notification, Provider, Started
from lab_crm.utils import tokens
from lab_crm.utils.errors import Refusal
from lab_crm.utils.names import random_name

NAME = "offline"
PAGE, NOTICE = "offline-payment-page", "offline-payment-notice"
FIELDS = ("payment_id", "link", "amount", "currency")
DAYS = 1


class OfflineProvider(Provider):
	"""Confirmed by whoever opens the signed page: for trials only."""

	def start(self, charge: Charge) -> Started:
		"""Begin a payment that the page of the link confirms."""
		payment_id = random_name("OFF", 12)
		return Started(payment_id, f"{charge.return_url}?confirm={tokens.issue(PAGE, payment_id, DAYS)}")

	def read(self, headers: Mapping[str, str], body: bytes) -> Notification:
		"""Return what the page has sent."""
		try:
			given = json.loads(body)
			digest = _digest(given)
			amount = Decimal(given["amount"])
		except (ValueError, TypeError, KeyError, InvalidOperation):
			raise _wrong() from None
		if tokens.read(NOTICE, str(given.get("signature"))) != digest or not amount.is_finite():
			raise _wrong()
		return Notification(given["payment_id"], SUCCEEDED, amount, given["currency"], given["link"])


def confirmed_by(token: str) -> str | None:
	"""Return the payment that a page's token stands for; None for a wrong or old one."""
	return tokens.read(PAGE, token)


def notice(payment_id: str, link: str, amount: Decimal, currency: str) -> dict[str, str]:
	"""Return the signed body that the page sends to the webhook."""
	fields = {"payment_id": payment_id, "link": link, "amount": str(amount), "currency": currency}
	return {**fields, "signature": tokens.issue(NOTICE, _digest(fields), DAYS)}


def _digest(fields: Mapping[str, str]) -> str:
	text = json.dumps([str(fields[field]) for field in FIELDS])
	return hashlib.sha256(text.encode()).hexdigest()


def _wrong() -> Refusal:
	return Refusal("SIGNATURE_WRONG", _("The signature of the notification is wrong"), status=403)
