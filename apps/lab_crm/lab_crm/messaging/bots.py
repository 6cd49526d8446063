"""Bots of messengers: how one is connected, and what is reported of it: somebody came by a link, wrote
"stop", or blocked the bot.
"""

import hmac
import json
import secrets
from dataclasses import dataclass
from typing import Any

import frappe
from frappe import _
from frappe.utils import get_url

from lab_crm.messaging import chats, providers
from lab_crm.messaging.delivery import QUEUE
from lab_crm.messaging.providers.base import DeliveryError
from lab_crm.messaging.providers.bot import BotProvider
from lab_crm.utils.errors import Refusal

STOP = ("/stop", "stop", "стоп")
# An update that comes again within a day gets no second answer.
ANSWERED_SECONDS = 86_400


@dataclass(frozen=True)
class Act:
	"""What a person did in a chat with a bot.

	Args:
		kind: came (by a link, with its token), stopped (by a word), blocked, other.
		chat: the messenger's id of the chat.
		mark: tells one update from another.
	"""

	kind: str
	chat: str = ""
	token: str = ""
	mark: str = ""


def of_telegram(update: dict[str, Any]) -> Act:
	"""Return what an Update of the Telegram Bot API says (`message`, `my_chat_member`)."""
	mark = str(update.get("update_id") or "")
	member = _part(update, "my_chat_member")
	if _part(member, "chat").get("type") == "private":
		if _part(member, "new_chat_member").get("status") == "kicked":
			return Act("blocked", _id(_part(member, "chat").get("id")), mark=mark)
	message = _part(update, "message")
	chat = _part(message, "chat")
	if chat.get("type") != "private":
		return Act("other", mark=mark)
	command, _space, rest = str(message.get("text") or "").strip().partition(" ")
	if command == "/start" and rest.strip():
		return Act("came", _id(chat.get("id")), rest.strip(), mark)
	return Act(_by_word(command, rest), _id(chat.get("id")), mark=mark)


def of_max(update: dict[str, Any]) -> Act:
	"""Return what an Update of the MAX Bot API says (`bot_started`, `bot_stopped`, `message_created`)."""
	kind = update.get("update_type")
	user = _id(_part(update, "user").get("user_id"))
	mark = f"{kind}:{user}:{update.get('timestamp')}"
	if kind == "bot_started" and update.get("payload"):
		return Act("came", user, str(update["payload"]).strip(), mark)
	if kind == "bot_stopped":
		return Act("blocked", user, mark=mark)
	message = _part(update, "message")
	if kind != "message_created" or _part(message, "recipient").get("chat_type") != "dialog":
		return Act("other", mark=mark)
	body = _part(message, "body")
	command, _space, rest = str(body.get("text") or "").strip().partition(" ")
	sender = _id(_part(message, "sender").get("user_id"))
	return Act(_by_word(command, rest), sender, mark=f"{kind}:{body.get('mid')}")


READERS = {"telegram": of_telegram, "max": of_max}


def connect(channel) -> None:
	"""Have the messenger send us what people write to the bot, with a secret made here.

	Args:
		channel: the Message Channel document; the caller checked the right.

	Raises:
		Refusal: NOT_A_BOT, BOT_TOKEN_MISSING, BOT_REFUSED.
	"""
	if not issubclass(providers.kind(channel.provider), BotProvider):
		raise Refusal("NOT_A_BOT", _("Only a bot of a messenger is connected"), field="provider")
	if not providers.secret(channel.name, "secret"):
		raise Refusal("BOT_TOKEN_MISSING", _("Enter the token of the bot and save"), field="secret")
	secret = providers.secret(channel.name, "webhook_secret")
	if not secret:
		secret = channel.webhook_secret = secrets.token_urlsafe(32)
		channel.save()
	bot = providers.of_channel(channel.name)
	try:
		bot.connect(get_url(f"/api/method/lab_crm.api.messengers.{channel.provider}"), secret)
	except DeliveryError as error:
		raise Refusal("BOT_REFUSED", _("The messenger refused: {0}").format(error)) from error
	finally:
		bot.close()


def take(provider: str, secret: str, body: bytes) -> bool:
	"""Act on an update.

	Args:
		provider: telegram or max.
		secret: what came in the messenger's header.
		body: the update, JSON.

	Returns:
		Whether it comes from the messenger: false, and nothing happens, where the secret is not ours.
	"""
	channel = _channel(provider, secret)
	if not channel:
		return False
	try:
		update = json.loads(body)
	except ValueError:
		update = None
	act = READERS[provider](update if isinstance(update, dict) else {})
	answer = _done(frappe.get_cached_value("Message Channel", channel, "kind"), act) if act.chat else None
	if answer and _is_first(channel, act):
		_answer(channel, act.chat, answer)
	return True


def say(channel: str, chat: str, text: str) -> None:
	"""Write to a chat outside of the outbox: the bot's answer to what was just said to it (worker)."""
	bot = providers.of_channel(channel)
	try:
		bot.say(chat, text)
	finally:
		bot.close()


def _done(kind: str, act: Act) -> str | None:
	"""Do it; return what to answer."""
	language = frappe.get_system_settings("language")
	if act.kind == "came":
		if chats.join(kind, act.chat, act.token):
			text = "Done: we will write here about bookings and results. To stop, write «стоп»."
		else:
			text = "This link is no longer valid. Open the personal account and connect once more."
		return _(text, language)
	if act.kind == "stopped":
		chats.leave(kind, act.chat)
		return _("We will not write here any more. You can connect again in the personal account.", language)
	if act.kind == "blocked":
		chats.leave(kind, act.chat)
	return None


def _answer(channel: str, chat: str, text: str) -> None:
	path = "lab_crm.messaging.bots.say"
	frappe.enqueue(path, queue=QUEUE, enqueue_after_commit=True, channel=channel, chat=chat, text=text)


def _is_first(channel: str, act: Act) -> bool:
	key = frappe.cache.make_key(f"lab_crm:bot_answer:{channel}:{act.mark}")
	return bool(frappe.cache.set(key, 1, ex=ANSWERED_SECONDS, nx=True))


def _channel(provider: str, secret: str) -> str | None:
	for name in frappe.get_all("Message Channel", {"provider": provider, "is_enabled": 1}, pluck="name"):
		own = providers.secret(name, "webhook_secret")
		if own and hmac.compare_digest(own.encode(), (secret or "").encode()):
			return name
	return None


def _by_word(command: str, rest: str) -> str:
	return "stopped" if command.lower() in STOP and not rest.strip() else "other"


def _part(update: dict[str, Any], name: str) -> dict[str, Any]:
	found = update.get(name)
	return found if isinstance(found, dict) else {}


def _id(value: Any) -> str:
	return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""
