"""SMS through smsc.ru (HTTP interface: `send.php`, `status.php`, answers as JSON).

A message carries an id of ours, so that after an attempt whose outcome is unknown the gateway can be asked.
Source: https://smsc.ru/api/http/
"""

import hashlib
from decimal import Decimal, InvalidOperation
from typing import Any

from lab_crm.messaging import sms
from lab_crm.messaging.providers.base import DeliveryError, Outgoing, Sent
from lab_crm.messaging.providers.http import HttpProvider, digits
from lab_crm.messaging.receipts import DELIVERED, FAILED

# Wrong parameters, forbidden text or sender, wrong number, number that cannot be reached.
PERMANENT = (1, 6, 7, 8)
NOT_FOUND = 3
# Waiting, handed to the operator, delivered, read, link opened.
ALIVE = (-1, 0, 1, 2, 4)
# Expired, impossible to deliver, wrong number, forbidden, no money, number unreachable.
STATUSES = {1: DELIVERED, 2: DELIVERED, 4: DELIVERED} | dict.fromkeys((3, 20, 22, 23, 24, 25), FAILED)


class SmscProvider(HttpProvider):
	"""smsc.ru; `login` and `secret` are its login and password, without a login `secret` is an API key."""

	kinds = ("SMS",)
	service = "smsc.ru"
	usual_url = "https://smsc.ru"
	texts = ("mes",)
	reports = "smsc"
	confirms = True

	def submit(self, outgoing: Outgoing) -> Sent:
		fields = {
			**self._signed(),
			"phones": digits(outgoing.recipient),
			"mes": sms.tidy(outgoing.body),
			"id": number_of(outgoing.id),
			"charset": "utf-8",
			"fmt": 3,
			"cost": 3,
		}
		if self.account.sender:
			fields["sender"] = self.account.sender
		answer = self.post("/sys/send.php", outgoing.id, fields)
		self._raise_error(answer)
		return Sent(str(answer.get("id") or number_of(outgoing.id)), _money(answer.get("cost")))

	def look_up(self, outgoing: Outgoing) -> Sent | None:
		number = number_of(outgoing.id)
		fields = {
			**self._signed(),
			"phone": digits(outgoing.recipient),
			"id": number,
			"charset": "utf-8",
			"fmt": 3,
		}
		answer = self.post("/sys/status.php", outgoing.id, fields)
		if answer.get("error_code") == NOT_FOUND:
			return None
		self._raise_error(answer)
		return Sent(str(number)) if answer.get("status") in ALIVE else None

	def _signed(self) -> dict[str, str]:
		if self.account.login:
			return {"login": self.account.login, "psw": self.account.secret}
		return {"apikey": self.account.secret}

	def _raise_error(self, answer: Any) -> None:
		if not isinstance(answer, dict):
			raise DeliveryError("smsc.ru: an answer of another form", uncertain=True)
		code = answer.get("error_code")
		if code or answer.get("error"):
			raise DeliveryError(f"smsc.ru {code}: {answer.get('error')}", permanent=code in PERMANENT)


def number_of(message: str) -> int:
	"""Return the id under which smsc.ru keeps a Message: 1 to 2^31 - 1, the same for every attempt."""
	return int.from_bytes(hashlib.sha256(message.encode()).digest()[:4], "big") % (2**31 - 1) + 1


def _money(value: Any) -> Decimal | None:
	try:
		return Decimal(str(value)) if value not in (None, "") else None
	except InvalidOperation:
		return None
