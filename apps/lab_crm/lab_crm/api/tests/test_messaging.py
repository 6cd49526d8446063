"""Delivery reports of SMS gateways over real HTTP: only signed ones count."""

import hashlib
from urllib.parse import urlsplit

import frappe
import pytest

from lab_crm.demo import gateway
from lab_crm.messaging import handover
from lab_crm.utils import tokens
from lab_crm.utils.names import random_name

SECRET = "secret-of-the-reports"


@pytest.fixture
def guest(stack):
	return stack.api()


@pytest.fixture
def message(site, stack, make):
	"""A message that smsc.ru has taken, committed; its channel goes after the test."""
	channel = frappe.new_doc("Message Channel")
	channel.update({"channel_name": random_name("Channel", 6), "kind": "SMS", "provider": "smsc"})
	channel.update({"secret": gateway.SECRET, "webhook_secret": SECRET}).insert()
	doc = frappe.new_doc("Message")
	doc.update({"patient": make.patient().name, "event": "booking.created", "channel": channel.name})
	doc.update({"status": "Sent", "recipient": "+79001234567", "provider_id": frappe.generate_hash(length=9)})
	doc.insert()
	frappe.db.commit()
	yield doc
	frappe.db.rollback()
	frappe.db.set_value("Message", doc.name, "channel", "SMS")
	frappe.delete_doc("Message Channel", channel.name, force=True)
	frappe.db.commit()


def report(message, status: int, secret: str = SECRET, algorithm: str = "sha1", **more) -> dict:
	signed = f"{message.provider_id}:79001234567:{status}:{secret}"
	digest = hashlib.new(algorithm, signed.encode()).hexdigest()
	fields = {"id": message.provider_id, "phone": "79001234567", "status": status, "err": 0}
	return {**fields, algorithm: digest, **more}


def send(guest, method: str, fields: dict):
	"""POST a form, as the gateways do."""
	return guest.http.post(guest._url(method), data=fields, timeout=60)


def status(message) -> str:
	frappe.db.rollback()  # a new snapshot
	return frappe.db.get_value("Message", message.name, "status")


@pytest.mark.parametrize("algorithm", ["sha1", "md5"])
def test_smsc_reports_what_it_delivered(guest, message, algorithm):
	for _twice in range(2):
		answer = send(guest, "messaging.smsc", report(message, 1, algorithm=algorithm))
		assert (answer.status_code, answer.json()["message"]) == (200, {"status": "Delivered"})
	assert status(message) == "Delivered"


def test_smsc_reports_what_it_could_not_deliver(guest, message):
	assert send(guest, "messaging.smsc", report(message, -1)).json()["message"] == {"status": "Sent"}
	assert send(guest, "messaging.smsc", report(message, 20)).json()["message"] == {"status": "Failed"}


@pytest.mark.parametrize(
	("change", "code"),
	[
		({"secret": "guessed"}, 403),
		({"sha1": ""}, 403),
		({"status": 3}, 200),
		({"sha1": "0" * 40}, 403),
		({"sha1": "не подпись"}, 403),
	],
)
def test_an_unsigned_report_of_smsc_changes_nothing(guest, message, change, code):
	secret = change.pop("secret", SECRET)
	fields = report(message, change.pop("status", 1), secret) | change
	assert send(guest, "messaging.smsc", fields).status_code == code
	assert status(message) == ("Failed" if code == 200 else "Sent")


def test_a_report_of_an_unknown_message_is_to_be_repeated(guest, message):
	message.provider_id = "1"
	assert send(guest, "messaging.smsc", report(message, 1)).status_code == 404


def test_smsaero_reports_to_the_address_of_the_message(guest, message):
	token = tokens.issue(handover.REPORT_TOKEN, message.name, 1)
	fields = {"id": "7001", "status": 1, "number": "79001234567", "extendStatus": "delivery"}
	answer = send(guest, f"messaging.smsaero?token={token}", fields)
	assert (answer.status_code, answer.json()["message"]) == (200, {"status": "Delivered"})


@pytest.mark.parametrize("kind", ["booking", "altered", "expired"])
def test_smsaero_needs_the_token_of_the_message(guest, message, kind):
	days = -1 if kind == "expired" else 1
	token = tokens.issue("booking" if kind == "booking" else handover.REPORT_TOKEN, message.name, days)
	token += "x" if kind == "altered" else ""
	assert send(guest, f"messaging.smsaero?token={token}", {"status": 1}).status_code == 403
	assert status(message) == "Sent"


def test_the_address_given_to_smsaero_is_that_of_the_method(site):
	from lab_crm.messaging.providers.smsaero import SmsaeroProvider

	address = urlsplit(handover._callback(SmsaeroProvider(), "MSG-TEST0001"))
	assert address.path == "/api/method/lab_crm.api.messaging.smsaero"
	assert tokens.read(handover.REPORT_TOKEN, address.query.removeprefix("token=")) == "MSG-TEST0001"
