"""ATOL Online, version 4 of its API: token → sell → uuid → report."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import frappe
import requests

from lab_crm.erp.fiscal.base import (
	DONE,
	FAILED,
	SELL,
	WAIT,
	Outcome,
	Receipt,
	Registrar,
	Rejected,
	Unreachable,
)

SECONDS = 15
OPERATIONS = {SELL: "sell"}
REFUND = "sell_refund"
ELECTRONIC, PREPAID, CASH = 1, 2, 0
# Error codes of ATOL: the document with this external_id exists already; the token is old.
EXISTS, TOKEN_CODES = 33, (10, 11, 12, 13, 14)
TOKEN_KEY, TOKEN_LIFE = "lab_crm_atol_token", 20 * 3600
TOKEN_REFUSED = 401


@dataclass(frozen=True)
class Access:
	"""How to reach the account: from ERP Settings.

	Args:
		url: up to the version, `https://online.atol.ru/possystem/v4`.
		group: code of the group of tills.
		sno: system of taxation (`osn`, `usn_income`, …).
		place: address of the laboratory's site or of the settlement.
	"""

	url: str
	login: str
	password: str
	group: str
	inn: str
	sno: str
	email: str
	place: str


def access() -> Access:
	"""Read the settings."""
	doc = frappe.get_single("ERP Settings")
	return Access(
		url=(doc.atol_url or "").rstrip("/"),
		login=doc.atol_login or "",
		password=doc.get_password("atol_password", raise_exception=False) or "",
		group=doc.atol_group or "",
		inn=doc.company_inn or "",
		sno=doc.taxation or "osn",
		email=doc.receipts_email or "",
		place=doc.payment_address or "",
	)


class AtolRegistrar(Registrar):
	"""A client of ATOL Online."""

	def __init__(self):
		self.access = access()

	def send(self, receipt: Receipt) -> str:
		operation = OPERATIONS.get(receipt.kind, REFUND)
		answer = self._call("POST", operation, body(receipt, self.access))
		error = answer.get("error") or {}
		if answer.get("uuid") and (not error or error.get("code") == EXISTS):
			return answer["uuid"]
		raise Rejected(f"{error.get('code')}: {error.get('text')}")

	def outcome(self, receipt_id: str) -> Outcome:
		answer = self._call("GET", f"report/{receipt_id}")
		status = answer.get("status")
		if status == DONE:
			payload = answer.get("payload") or {}
			return Outcome(
				DONE,
				str(payload.get("fn_number") or ""),
				str(payload.get("fiscal_document_number") or ""),
				str(payload.get("fiscal_document_attribute") or ""),
				str(payload.get("ofd_receipt_url") or ""),
			)
		if status == FAILED:
			error = answer.get("error") or {}
			return Outcome(FAILED, error=f"{error.get('code')}: {error.get('text')}")
		return Outcome(WAIT)

	def _call(self, method: str, path: str, given: dict | None = None, again: bool = True) -> dict[str, Any]:
		url = f"{self.access.url}/{self.access.group}/{path}"
		answer, status = _request(method, url, given, {"Token": self._token()})
		code = (answer.get("error") or {}).get("code")
		if status == TOKEN_REFUSED or code in TOKEN_CODES:
			frappe.cache().delete_value(token_key(self.access))
			if again:
				return self._call(method, path, given, again=False)
			raise Unreachable("the token is not taken")
		return answer

	def _token(self) -> str:
		key = token_key(self.access)
		known = frappe.cache().get_value(key, expires=True)
		if known:
			return known
		given = {"login": self.access.login, "pass": self.access.password}
		answer, _status = _request("POST", f"{self.access.url}/getToken", given, {})
		if not answer.get("token"):
			raise Unreachable(f"no token: {(answer.get('error') or {}).get('text')}")
		frappe.cache().set_value(key, answer["token"], expires_in_sec=TOKEN_LIFE)
		return answer["token"]


def token_key(access: Access) -> str:
	"""Return where the token of an account is kept until it is old."""
	return f"{TOKEN_KEY}:{access.url}:{access.login}"


def _request(method: str, url: str, given: dict | None, headers: dict) -> tuple[dict[str, Any], int]:
	try:
		answer = requests.request(method, url, json=given, headers=headers, timeout=SECONDS)
		found = answer.json()
	except (requests.RequestException, ValueError) as error:
		# The address holds no secret; the body and the headers, which do, are not repeated.
		raise Unreachable(f"{url}: {type(error).__name__}") from error
	if answer.status_code >= 500 or not isinstance(found, dict):
		raise Unreachable(f"{url}: {answer.status_code}")
	return found, answer.status_code


def body(receipt: Receipt, access: Access) -> dict[str, Any]:
	"""Return a receipt as ATOL wants it. Medical services bear no VAT."""
	contact = receipt.contact or access.email
	sums = ((CASH, receipt.cash), (ELECTRONIC, receipt.electronic), (PREPAID, receipt.prepaid))
	return {
		"external_id": receipt.id,
		"timestamp": receipt.at.strftime("%d.%m.%Y %H:%M:%S"),
		"receipt": {
			"client": {"email" if "@" in contact else "phone": contact},
			"company": {
				"email": access.email,
				"sno": access.sno,
				"inn": access.inn,
				"payment_address": access.place,
			},
			"items": [
				{
					"name": one.name[:128],
					"price": _number(one.price),
					"quantity": _number(one.quantity),
					"sum": _number(one.amount),
					"payment_method": one.payment_method,
					"payment_object": one.payment_object,
					"vat": {"type": "none"},
				}
				for one in receipt.positions
			],
			"payments": [{"type": kind, "sum": _number(amount)} for kind, amount in sums if amount],
			"total": _number(receipt.total),
		},
	}


def _number(amount: Decimal) -> float:
	return float(amount)
