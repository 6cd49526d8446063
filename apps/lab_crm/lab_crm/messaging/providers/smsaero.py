"""SMS through SMS Aero (API v2: `sms/send`, `sms/list`; Basic authentication with email and API key).

It takes no id of ours: after an attempt whose outcome is unknown, the messages to the number are looked
through for the same text. Reports come to a signed address that each message carries.
Source: https://smsaero.ru/integration/documentation/api/
"""

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from lab_crm.messaging import sms
from lab_crm.messaging.providers.base import DeliveryError, Outgoing, Sent
from lab_crm.messaging.providers.http import HttpProvider, digits
from lab_crm.messaging.receipts import DELIVERED, FAILED

# 0 queued, 1 delivered, 2 not delivered, 3 handed over, 4 waiting, 6 rejected, 8 in moderation.
STATUSES = {1: DELIVERED, 2: FAILED, 6: FAILED}
# Its clock and ours may differ.
CLOCKS_DIFFER = 300
MONEY = ("balance", "money", "credit", "средств")


class SmsaeroProvider(HttpProvider):
	"""SMS Aero; `login` is the email of the account, `secret` its API key, `sender` the signature."""

	kinds = ("SMS",)
	service = "SMS Aero"
	usual_url = "https://gate.smsaero.ru"
	texts = ("text",)
	reports = "smsaero"
	confirms = True

	def submit(self, outgoing: Outgoing) -> Sent:
		fields = {
			"number": digits(outgoing.recipient),
			"text": sms.tidy(outgoing.body),
			"sign": self.account.sender or "SMS Aero",
		}
		if outgoing.callback:
			fields["callbackUrl"] = outgoing.callback
		answer = self._ask("/v2/sms/send", outgoing, fields)
		taken = next(_rows(answer.get("data")), None)
		if not taken:
			raise DeliveryError("SMS Aero: an answer without an id", uncertain=True)
		return _sent(taken)

	def look_up(self, outgoing: Outgoing) -> Sent | None:
		text = sms.tidy(outgoing.body)
		fields = {"number": digits(outgoing.recipient), "text": text}
		answer = self._ask("/v2/sms/list", outgoing, fields)
		for row in _rows(answer.get("data")):
			since = float(row.get("dateCreate") or 0) + CLOCKS_DIFFER
			failed = STATUSES.get(row.get("status")) == FAILED
			if row.get("text") == text and since >= outgoing.created and not failed:
				return _sent(row)
		return None

	def checked(self, status: int, answer: Any) -> Any:
		if isinstance(answer, dict) and answer.get("success") is False:
			text = str(answer.get("message") or answer.get("data") or "refused")[:300]
			# A refusal of this very message comes with 400; what our account lacks does not mend by dropping
			# messages.
			ours = status != 400 or any(word in text.lower() for word in MONEY)
			raise DeliveryError(f"SMS Aero: {text}", permanent=not ours)
		return super().checked(status, answer)

	def _ask(self, path: str, outgoing: Outgoing, fields: dict[str, Any]) -> dict[str, Any]:
		auth = (self.account.login, self.account.secret)
		answer = self.post(path, outgoing.id, fields, json=fields, auth=auth)
		if not isinstance(answer, dict):
			raise DeliveryError("SMS Aero: an answer of another form", uncertain=True)
		return answer


def _rows(data: Any) -> Iterator[dict[str, Any]]:
	"""Yield the messages of an answer: one, a list, or a page of a list keyed by numbers."""
	if isinstance(data, dict):
		found = [data] if "id" in data else data.values()
	else:
		found = data if isinstance(data, list) else []
	yield from (row for row in found if isinstance(row, dict) and "id" in row)


def _sent(row: dict[str, Any]) -> Sent:
	try:
		cost = Decimal(str(row["cost"])) if row.get("cost") not in (None, "") else None
	except InvalidOperation:
		cost = None
	return Sent(str(row["id"]), cost)
