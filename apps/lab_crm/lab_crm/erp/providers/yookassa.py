"""YooKassa, version 3 of its API: payment → the payer confirms it there → webhook → the payment is read.

Its webhook carries no signature: nothing of a call is believed but the payment's id, and the payment is read
from YooKassa itself. Its own library keeps one account for the whole process, which many sites share here.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import frappe
import requests
from frappe import _

from lab_crm.erp.providers.base import (
	FAILED,
	SUCCEEDED,
	Charge,
	Notification,
	Provider,
	Refund,
	Started,
)
from lab_crm.utils.errors import Refusal

NAME = "yookassa"
SECONDS = 15
DESCRIPTION = 128
ID = re.compile(r"[0-9A-Za-z-]{8,50}")
PAID, CANCELED, PENDING = "succeeded", "canceled", "pending"
STATUSES = {PAID: SUCCEEDED, CANCELED: FAILED}


@dataclass(frozen=True)
class Account:
	"""The shop: from ERP Settings.

	Args:
		url: up to the version, `https://api.yookassa.ru/v3`.
		method: `sbp` or `bank_card`; empty: the payer chooses on YooKassa's page.
	"""

	url: str
	shop: str
	secret: str
	method: str


def account() -> Account:
	"""Read the settings."""
	doc = frappe.get_single("ERP Settings")
	return Account(
		url=(doc.yookassa_url or "").rstrip("/"),
		shop=doc.yookassa_shop or "",
		secret=doc.get_password("yookassa_secret", raise_exception=False) or "",
		method=doc.yookassa_method or "",
	)


class YooKassaProvider(Provider):
	"""A client of YooKassa."""

	can_refund = True

	def __init__(self):
		self.account = account()

	def start(self, charge: Charge) -> Started:
		given: dict[str, Any] = {
			"amount": _amount(charge.amount, charge.currency),
			"capture": True,
			"confirmation": {"type": "redirect", "return_url": charge.return_url},
			"description": charge.description[:DESCRIPTION],
			"metadata": {"link": charge.link},
		}
		if self.account.method:
			given["payment_method_data"] = {"type": self.account.method}
		made = self._call("POST", "payments", given, charge.attempt)
		url = (made.get("confirmation") or {}).get("confirmation_url")
		if not made.get("id") or not url:
			raise _failed("no payment in the answer")
		return Started(made["id"], url)

	def read(self, headers: Mapping[str, str], body: bytes) -> Notification | None:
		try:
			told = json.loads(body)
			event, payment = str(told["event"]), str(told["object"]["id"])
		except (ValueError, TypeError, KeyError):
			raise _wrong() from None
		if not event.startswith("payment."):
			return None
		if not ID.fullmatch(payment):
			raise _wrong()
		return self.look_up(payment)

	def look_up(self, payment_id: str) -> Notification | None:
		found = self._call("GET", f"payments/{payment_id}")
		status = STATUSES.get(found.get("status", ""))
		if not status:
			return None
		try:
			value, currency = Decimal(found["amount"]["value"]), found["amount"]["currency"]
			link = (found.get("metadata") or {})["link"]
		except (KeyError, TypeError, InvalidOperation):
			raise _wrong() from None  # a payment of the shop, but none of ours
		return Notification(found["id"], status, value, currency, link)

	def refund(self, refund: Refund) -> str:
		given = {"payment_id": refund.payment_id, "amount": _amount(refund.amount, refund.currency)}
		made = self._call("POST", "refunds", given, refund.key)
		if made.get("status") == PENDING:
			made = self._call("GET", f"refunds/{made['id']}")
		if made.get("status") == PAID:
			return made["id"]
		if made.get("status") == PENDING:
			message = _("The provider is still giving the money back: ask again in a few minutes")
			raise Refusal("REFUND_PENDING", message, status=409)
		reason = (made.get("cancellation_details") or {}).get("reason") or made.get("status")
		message = _("The provider does not give the money back: {0}").format(reason)
		raise Refusal("REFUND_REFUSED", message, status=409)

	def _call(self, method: str, path: str, given: dict | None = None, key: str = "") -> dict[str, Any]:
		headers = {"Idempotence-Key": key} if key else {}
		try:
			answer = requests.request(
				method,
				f"{self.account.url}/{path}",
				json=given,
				headers=headers,
				auth=(self.account.shop.encode(), self.account.secret.encode()),
				timeout=SECONDS,
			)
			found = answer.json()
		except (requests.RequestException, ValueError) as error:
			# The address holds no secret; the headers, which do, are not repeated.
			raise _failed(type(error).__name__) from error
		if answer.status_code == 404:
			raise _wrong()
		if answer.status_code != 200 or not isinstance(found, dict):
			raise _failed(f"{answer.status_code}: {_reason(found)}")
		return found


def _amount(value: Decimal, currency: str) -> dict[str, str]:
	return {"value": f"{value:.2f}", "currency": currency}


def _reason(answer: Any) -> str:
	return str(answer.get("description") or answer.get("code"))[:200] if isinstance(answer, dict) else ""


def _failed(why: str) -> Refusal:
	frappe.logger("payments").error(f"{NAME}: {why}")
	message = _("The payment provider does not answer. Try again in a minute")
	return Refusal("PROVIDER_FAILED", message, status=502)


def _wrong() -> Refusal:
	return Refusal("SIGNATURE_WRONG", _("The provider knows of no such payment"), status=403)
