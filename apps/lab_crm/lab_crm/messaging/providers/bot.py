"""The base of bots of messengers: one message to a chat, and a chat that is closed to us is forgotten."""

from typing import Any

from lab_crm.messaging import chats
from lab_crm.messaging.providers.base import DeliveryError, Outgoing, Sent
from lab_crm.messaging.providers.http import HttpProvider


class BotProvider(HttpProvider):
	"""A bot: `login` is its name in links, `secret` its token.

	It takes no id of ours and keeps no list to look through, so an attempt whose outcome is unknown is not
	repeated.

	Attributes:
		link: address that opens a chat with the bot and brings it a token.
		header: in which updates carry our secret.
	"""

	at_once = 1
	repeatable = False
	texts = ("text", "secret_token", "secret")
	link = ""
	header = ""

	def submit(self, outgoing: Outgoing) -> Sent:
		text = "\n".join(filter(None, (outgoing.subject, outgoing.body)))
		try:
			return Sent(self.say(outgoing.recipient, text, outgoing.id))
		except ChatClosed:
			chats.leave(self.kinds[0], outgoing.recipient)
			raise

	def say(self, chat: str, text: str, message: str = "") -> str:
		"""Write to a chat; return the messenger's id of the message.

		Raises:
			ChatClosed: the person blocked the bot or is gone.
			DeliveryError: it was not taken.
		"""
		raise NotImplementedError

	def connect(self, url: str, secret: str) -> None:
		"""Have the messenger send updates to an address, with our secret.

		Raises:
			DeliveryError: it refused.
		"""
		raise NotImplementedError

	def invitation(self, token: str) -> str:
		"""Return the address that opens a chat with the bot and brings it a token."""
		return self.link.format(bot=self.account.login.lstrip("@"), token=token)

	def _id_of(self, answer: Any, *path: str) -> str:
		for name in path:
			answer = answer.get(name) if isinstance(answer, dict) else None
		if answer is None:
			raise DeliveryError(f"{self.service}: an answer without an id", uncertain=True)
		return str(answer)


class ChatClosed(DeliveryError):
	"""The chat takes no messages from us any more."""
