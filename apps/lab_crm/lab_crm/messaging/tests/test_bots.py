"""Bots of messengers: a chat is joined by a one-time link, left at a word, forgotten when it is closed."""

import json
import secrets
from datetime import datetime
from itertools import count
from urllib.parse import parse_qs, urlsplit

import frappe
import pytest
import time_machine

from lab_crm.messaging import bots, chats, delivery, fallback, outbox, providers
from lab_crm.messaging.tests import fake_messenger
from lab_crm.patients import merging
from lab_crm.privacy import consents
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal

NOON = "2026-11-21T12:00:00+03:00"
VISIT = {"date": "22 ноября", "day": "завтра", "time": "08:30", "address": "Примерная ул., 15"}
SECRET = "secret_of-the-updates"
KINDS = {"Telegram": "telegram", "MAX": "max"}


@pytest.fixture
def messenger(site):
	frappe.db.commit = lambda: None  # the connection ends with the test
	with fake_messenger.running() as running, time_machine.travel(datetime.fromisoformat(NOON), tick=False):
		for kind in KINDS:
			channel = frappe.get_doc("Message Channel", kind)
			channel.update({"base_url": running.url, "login": "@lab_bot", "secret": fake_messenger.TOKEN})
			channel.update(
				{"webhook_secret": SECRET, "is_enabled": 1, "rate_per_minute": 0, "timeout_seconds": 2}
			)
			channel.save()
		yield running
	for kind in KINDS:
		frappe.clear_document_cache("Message Channel", kind)


@pytest.fixture(params=KINDS)
def kind(request):
	return request.param


@pytest.fixture
def anna(make, messenger):
	patient = make.patient()
	consents.give(patient.name, consents.SERVICE, "подпись")
	return patient


@pytest.fixture
def replies(monkeypatch):
	"""What the bot is about to answer, in order; sent as its job would."""
	asked = []

	def answer(channel, chat, text):
		asked.append(text)
		bots.say(channel, chat, text)

	monkeypatch.setattr(bots, "_answer", answer)
	return asked


# Redis outlives a run: each has numbers of its own.
_marks = count(secrets.randbelow(10**12))


def came(kind: str, chat: int, token: str) -> dict:
	mark = next(_marks)
	if kind == "Telegram":
		told = {"message_id": mark, "chat": {"id": chat, "type": "private"}, "text": f"/start {token}"}
		return {"update_id": mark, "message": told}
	user = {"user_id": chat, "first_name": "Generated", "is_bot": False}
	return {"update_type": "bot_started", "timestamp": mark, "chat_id": 5, "user": user, "payload": token}


def wrote(kind: str, chat: int, text: str, where: str | None = None) -> dict:
	mark = next(_marks)
	if kind == "Telegram":
		told = {"message_id": mark, "chat": {"id": chat, "type": where or "private"}, "text": text}
		return {"update_id": mark, "message": told}
	message = {
		"sender": {"user_id": chat},
		"recipient": {"chat_id": 5, "chat_type": where or "dialog"},
		"body": {"mid": f"mid.{mark}", "text": text},
	}
	return {"update_type": "message_created", "timestamp": mark, "message": message}


def blocked(kind: str, chat: int) -> dict:
	mark = next(_marks)
	if kind == "Telegram":
		member = {"chat": {"id": chat, "type": "private"}, "new_chat_member": {"status": "kicked"}}
		return {"update_id": mark, "my_chat_member": member}
	return {"update_type": "bot_stopped", "timestamp": mark, "chat_id": 5, "user": {"user_id": chat}}


def take(kind: str, update: dict, secret: str = SECRET) -> bool:
	return bots.take(KINDS[kind], secret, json.dumps(update).encode())


def invited(patient, kind: str) -> str:
	"""The token of a link, as the messenger reads it out of the address."""
	address = urlsplit(providers.of_channel(kind).invitation(chats.invite(patient.name, kind)))
	assert address.path == "/lab_bot"
	(token,) = parse_qs(address.query)["start"]
	return token


def joined(patient, kind: str, chat: int) -> None:
	assert take(kind, came(kind, chat, invited(patient, kind)))


def remind(patient, **fields):
	message = outbox.queue("booking.reminder", patient.name, VISIT, patient, **fields)
	delivery.deliver(message.name)
	message.reload()
	return message


def test_a_link_joins_the_chat_once_and_messages_go_there(anna, messenger, replies, kind):
	update = came(kind, 4201, invited(anna, kind))
	for _twice in range(2):
		assert take(kind, update)
	assert chats.of(anna.name) == {kind: "4201"}
	assert len(replies) == 1
	assert replies[0].startswith("Готово")
	messenger.said.clear()
	message = remind(anna)
	assert (message.status, message.channel, message.recipient) == ("Sent", kind, "4201")
	((chat, text),) = messenger.said
	assert (chat, text.split("\n")[0]) == ("4201", "Ждём вас")
	assert message.provider_id in ("1", "mid.1")
	log = frappe.get_all(
		"Integration Request", {"reference_docname": message.name}, ["url", "data", "output"]
	)
	assert len(log) == 1
	assert not any(word in f"{log}" for word in (fake_messenger.TOKEN, "завтра"))


def test_a_link_passed_on_joins_nobody(anna, messenger, replies, kind):
	token = invited(anna, kind)
	take(kind, came(kind, 4201, token))
	take(kind, came(kind, 6666, token))
	assert chats.of(anna.name) == {kind: "4201"}
	assert replies[1].startswith("Ссылка больше не действует")


def test_a_link_of_another_messenger_or_none_at_all(anna, messenger, replies, kind):
	other = next(one for one in KINDS if one != kind)
	for token in (invited(anna, other), "x" * 32, "../etc", "🙂"):
		take(kind, came(kind, 4201, token))
	assert chats.of(anna.name) == {}


@pytest.mark.parametrize("secret", ["", "wrong", SECRET.upper(), "секрет"])
def test_updates_without_our_secret_are_nobodys(anna, messenger, replies, kind, secret):
	assert not take(kind, came(kind, 4201, invited(anna, kind)), secret)
	assert (chats.of(anna.name), replies) == ({}, [])


@pytest.mark.parametrize("word", ["/stop", "Стоп", " СТОП "])
def test_a_word_leaves_the_chat(anna, messenger, replies, kind, word):
	joined(anna, kind, 4201)
	take(kind, wrote(kind, 4201, word))
	assert chats.of(anna.name) == {}
	assert remind(anna).channel == "SMS"


def test_other_words_change_nothing_and_are_not_answered(anna, messenger, replies, kind):
	joined(anna, kind, 4201)
	answered = len(replies)
	for update in (
		wrote(kind, 4201, "стоп, а когда приём?"),
		wrote(kind, 4201, "стоп", where="group" if kind == "Telegram" else "chat"),
		wrote(kind, 4201, ""),
	):
		assert take(kind, update)
	assert (chats.of(anna.name), len(replies)) == ({kind: "4201"}, answered)


def test_a_blocked_bot_forgets_the_chat(anna, messenger, replies, kind):
	joined(anna, kind, 4201)
	take(kind, blocked(kind, 4201))
	assert chats.of(anna.name) == {}


@pytest.mark.parametrize("closed", ["blocked", "missing"])
def test_a_chat_that_is_closed_to_us_is_forgotten_and_the_sms_goes(anna, messenger, replies, kind, closed):
	joined(anna, kind, 4201)
	getattr(messenger, closed).add("4201")
	message = remind(anna)
	assert (message.status, chats.of(anna.name)) == ("Failed", {})
	fallback.sweep()
	assert frappe.db.get_value("Message", {"replaces": message.name}, "channel") == "SMS"


def test_too_fast_is_tried_again(anna, messenger, replies, kind):
	joined(anna, kind, 4201)
	messenger.said.clear()
	messenger.fault = 429
	message = remind(anna)
	assert (message.status, message.attempts) == ("Queued", 1)
	message.db_set("next_attempt_at", clock.now())
	delivery.deliver(message.name)
	message.reload()
	assert (message.status, len(messenger.said)) == ("Sent", 1)


def test_a_wrong_token_of_ours_drops_no_message(anna, messenger, replies, kind):
	joined(anna, kind, 4201)
	channel = frappe.get_doc("Message Channel", kind)
	channel.secret = "another-token"
	channel.save()
	message = remind(anna)
	assert message.status == "Queued"
	assert chats.of(anna.name) == {kind: "4201"}
	assert "another-token" not in message.error


def test_one_chat_may_belong_to_a_family(anna, make, messenger, replies, kind):
	child = make.patient()
	joined(anna, kind, 4201)
	joined(child, kind, 4201)
	assert chats.of(child.name) == {kind: "4201"}
	take(kind, wrote(kind, 4201, "стоп"))
	assert (chats.of(anna.name), chats.of(child.name)) == ({}, {})


@pytest.mark.parametrize("body", [b"", b"no json", b"[]", b"null", b'{"message": 5}', b'{"update_type": []}'])
def test_odd_updates_are_taken_and_do_nothing(messenger, replies, kind, body):
	assert bots.take(KINDS[kind], SECRET, body)
	assert replies == []


def test_staff_connect_the_bot(messenger, kind):
	channel = frappe.get_doc("Message Channel", kind)
	channel.webhook_secret = ""
	channel.save()
	channel.connect_bot()
	(told,) = messenger.webhooks
	assert told["url"].endswith(f"/api/method/lab_crm.api.messengers.{KINDS[kind]}")
	given = told.get("secret_token") or told.get("secret")
	assert given == frappe.get_doc("Message Channel", kind).get_password("webhook_secret")
	assert len(given) >= 32


def test_a_bot_without_a_token_is_not_connected(site, kind):
	channel = frappe.get_doc("Message Channel", kind)
	channel.secret = ""
	channel.save()
	with pytest.raises(Refusal) as refused:
		channel.connect_bot()
	assert refused.value.code == "BOT_TOKEN_MISSING"


def test_only_bots_are_connected(site):
	with pytest.raises(Refusal) as refused:
		frappe.get_doc("Message Channel", "SMS").connect_bot()
	assert refused.value.code == "NOT_A_BOT"


def test_what_waits_for_a_chat_that_was_left_goes_the_next_way(anna, messenger, replies, kind):
	joined(anna, kind, 4201)
	message = outbox.queue("booking.reminder", anna.name, VISIT, anna)
	assert message.channel == kind
	take(kind, wrote(kind, 4201, "стоп"))
	messenger.said.clear()
	delivery.deliver(message.name)
	message.reload()
	assert (message.status, message.reason_code, messenger.said) == ("Suppressed", "NO_RECIPIENT", [])
	fallback.sweep()
	assert frappe.db.get_value("Message", {"replaces": message.name}, "channel") == "SMS"


def test_a_chat_joined_after_a_merge_takes_the_place_of_the_old_cards(anna, make, messenger, replies, kind):
	joined(anna, kind, 4201)
	fields = ("last_name", "first_name", "middle_name", "birth_date", "sex")
	stays = make.patient(**{field: anna.get(field) for field in fields})
	merging.merge(stays.name, anna.name, "одна карта")
	assert chats.of(stays.name) == {kind: "4201"}
	joined(stays, kind, 4202)
	assert frappe.get_all(chats.DOCTYPE, {"patient": stays.name}, pluck="chat") == ["4202"]
