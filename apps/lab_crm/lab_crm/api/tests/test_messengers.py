"""Updates of bots over real HTTP, as the messengers send them, and the portal's side of joining."""

import json
from urllib.parse import parse_qs, urlsplit

import frappe
import pytest

from lab_crm.messaging import chats
from lab_crm.patients import portal_access
from lab_crm.utils.errors import Refusal
from tests.support.stack import wait_for

SECRET = "secret_of-the-updates"
CHAT = 42_000_000_001
HEADERS = {"telegram": "X-Telegram-Bot-Api-Secret-Token", "max": "X-Max-Bot-Api-Secret"}
KINDS = {"telegram": "Telegram", "max": "MAX"}


@pytest.fixture(params=HEADERS)
def provider(request):
	return request.param


@pytest.fixture
def patient(site, stack, make, provider):
	"""A patient, with the messenger switched on for the test; its bot answers to nobody within reach."""
	channel = frappe.get_doc("Message Channel", KINDS[provider])
	fields = {"login": "lab_bot", "secret": "generated-token", "webhook_secret": SECRET, "is_enabled": 1}
	channel.update({**fields, "base_url": "http://127.0.0.1:9", "timeout_seconds": 1}).save()
	made = make.patient()
	frappe.db.commit()
	yield made
	frappe.db.rollback()
	frappe.db.delete(chats.DOCTYPE, {"patient": made.name})
	channel.reload()
	blank = dict.fromkeys(("base_url", "login", "secret", "webhook_secret"), "")
	channel.update({"is_enabled": 0, **blank}).save()
	frappe.db.commit()


def update(provider: str, token: str) -> dict:
	if provider == "telegram":
		message = {"message_id": 1, "chat": {"id": CHAT, "type": "private"}, "text": f"/start {token}"}
		return {"update_id": 1, "message": message}
	user = {"user_id": CHAT, "first_name": "Generated", "is_bot": False}
	return {"update_type": "bot_started", "timestamp": 1, "chat_id": 5, "user": user, "payload": token}


def send(stack, provider: str, body: bytes, secret: str | None = SECRET):
	guest = stack.api()
	headers = {"Content-Type": "application/json", **({HEADERS[provider]: secret} if secret else {})}
	address = guest._url(f"messengers.{provider}")
	return guest.http.post(address, data=body, headers=headers, timeout=60)


def chat_of(patient) -> dict[str, str]:
	frappe.db.rollback()  # a new snapshot
	return chats.of(patient.name)


def test_an_update_with_our_secret_joins_the_chat(stack, patient, provider):
	kind = KINDS[provider]
	body = json.dumps(update(provider, chats.invite(patient.name, kind))).encode()
	for _twice in range(2):
		assert send(stack, provider, body).status_code == 200
	assert wait_for(lambda: chat_of(patient), "the chat") == {kind: str(CHAT)}


@pytest.mark.parametrize("secret", [None, "", "wrong"])
def test_without_it_nothing_happens(stack, patient, provider, secret):
	body = json.dumps(update(provider, chats.invite(patient.name, KINDS[provider]))).encode()
	answer = send(stack, provider, body, secret)
	assert (answer.status_code, answer.json()["error"]["code"]) == (403, "FORBIDDEN")
	assert chat_of(patient) == {}


def test_an_update_of_another_form_is_taken_too_or_it_would_come_for_ever(stack, patient, provider):
	deep = b'{"message":' * 50 + b"1" + b"}" * 50
	for body in (deep, b"{}", b'{"message": [], "update_type": {}}'):
		assert send(stack, provider, body).status_code == 200


def test_the_portal_gives_a_link_for_own_cards_only(site, patient, provider, monkeypatch):
	from lab_crm.api import messengers

	monkeypatch.setattr(portal_access, "own_cards", lambda: [frappe._dict(name=patient.name)])
	join = _function(messengers, "join")
	url = urlsplit(join(patient=patient.name, kind=KINDS[provider])["url"])
	assert (url.scheme, url.path) == ("https", "/lab_bot")
	assert len(parse_qs(url.query)["start"][0]) == 32
	with pytest.raises(Refusal) as refused:
		join(patient="PAT-NONE0000", kind=KINDS[provider])
	assert refused.value.code == "NOT_FOUND"
	with pytest.raises(Refusal) as refused:
		join(patient=patient.name, kind="Email")
	assert refused.value.code == "CHANNEL_OFF"


def _function(module, name: str):
	"""The endpoint's own function, past the request."""
	from lab_crm.api.endpoint import REGISTRY

	return REGISTRY[f"{module.__name__}.{name}"].function
