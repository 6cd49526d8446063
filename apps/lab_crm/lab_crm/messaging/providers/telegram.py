"""Telegram (Bot API: `sendMessage`, `setWebhook`). Source: https://core.telegram.org/bots/api"""

import json
from typing import Any

from lab_crm.messaging.providers.base import DeliveryError
from lab_crm.messaging.providers.bot import BotProvider, ChatClosed

UPDATES = ["message", "my_chat_member"]
# A chat that is not there is refused with 400; "Not Found" is said of a wrong token.
NO_CHAT = "chat not found"


class TelegramProvider(BotProvider):
	"""A bot of Telegram."""

	kinds = ("Telegram",)
	service = "Telegram"
	usual_url = "https://api.telegram.org"
	link = "https://t.me/{bot}?start={token}"
	header = "X-Telegram-Bot-Api-Secret-Token"

	def say(self, chat: str, text: str, message: str = "") -> str:
		fields = {"chat_id": chat, "text": text, "link_preview_options": {"is_disabled": True}}
		return self._id_of(self._call("sendMessage", message, fields), "result", "message_id")

	def connect(self, url: str, secret: str) -> None:
		self._call("setWebhook", "", {"url": url, "secret_token": secret, "allowed_updates": UPDATES})

	def checked(self, status: int, answer: Any) -> Any:
		if isinstance(answer, dict) and answer.get("ok") is True:
			return answer
		told = answer.get("description") if isinstance(answer, dict) else None
		text = f"Telegram {status}: {told or json.dumps(answer)[:200]}"
		if status == 403 or (status == 400 and NO_CHAT in text.lower()):
			raise ChatClosed(text, permanent=True)
		raise DeliveryError(text, permanent=status == 400)

	def _call(self, method: str, message: str, fields: dict[str, Any]) -> Any:
		return self.post(f"/bot{self.account.secret}/{method}", message, fields, json=fields)
