"""MAX (Bot API: `POST /messages`, `POST /subscriptions`). Source: https://dev.max.ru/docs-api

Its certificate is issued by the Ministry's authority: where the server does not know it,
`lab_crm_ca_bundle` of the site's configuration names a file with the authorities to trust.
"""

import json
from typing import Any

import frappe

from lab_crm.messaging.providers.base import Account, DeliveryError
from lab_crm.messaging.providers.bot import BotProvider, ChatClosed

UPDATES = ["bot_started", "bot_stopped", "message_created"]
CLOSED = (403, 404)


class MaxProvider(BotProvider):
	"""A bot of MAX."""

	kinds = ("MAX",)
	service = "MAX"
	usual_url = "https://platform-api2.max.ru"
	link = "https://max.ru/{bot}?start={token}"
	header = "X-Max-Bot-Api-Secret"

	def __init__(self, account: Account | None = None):
		super().__init__(account)
		self.session.verify = frappe.conf.lab_crm_ca_bundle or True

	def say(self, chat: str, text: str, message: str = "") -> str:
		answer = self._call(f"/messages?user_id={int(chat)}", message, {"text": text})
		return self._id_of(answer, "message", "body", "mid")

	def connect(self, url: str, secret: str) -> None:
		answer = self._call("/subscriptions", "", {"url": url, "update_types": UPDATES, "secret": secret})
		if not answer.get("success"):
			raise DeliveryError(f"MAX: {str(answer.get('message') or 'refused')[:200]}", permanent=True)

	def checked(self, status: int, answer: Any) -> Any:
		if status < 400 and isinstance(answer, dict):
			return answer
		told = answer.get("message") if isinstance(answer, dict) else None
		text = f"MAX {status}: {told or json.dumps(answer)[:200]}"
		if status in CLOSED:
			raise ChatClosed(text, permanent=True)
		raise DeliveryError(text, permanent=status == 400)

	def _call(self, path: str, message: str, fields: dict[str, Any]) -> Any:
		headers = {"Authorization": self.account.secret}
		return self.post(path, message, fields, json=fields, headers=headers)
