"""Delivery reports: signed, taken once, never backwards; costs and totals; sending again."""

from decimal import Decimal

import frappe
import pytest

from lab_crm.demo import gateway
from lab_crm.messaging import delivery, outbox, receipts
from lab_crm.messaging.doctype.message.message import send_many_again
from lab_crm.messaging.report.message_totals import message_totals
from lab_crm.privacy import consents
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal

SECRET = "secret-of-the-reports"


@pytest.fixture
def server():
	with gateway.running() as running:
		yield running


@pytest.fixture
def through(site, server):
	"""`through("smsc")`: text messages go through it into the gateway, within a transaction."""
	frappe.db.commit = lambda: None  # the connection ends with the test

	def change(provider: str, **fields):
		doc = frappe.get_doc("Message Channel", "SMS")
		doc.update(
			{"provider": provider, "base_url": server.url, "login": gateway.LOGIN, "rate_per_minute": 0}
		)
		doc.update({"secret": gateway.SECRET, "webhook_secret": SECRET, "timeout_seconds": 1, **fields})
		doc.save()
		return doc

	yield change
	frappe.clear_document_cache("Message Channel", "SMS")


@pytest.fixture
def told(make):
	"""`told()`: a new message to a new patient, handed over."""

	def send(**fields):
		patient = make.patient()
		consents.give(patient.name, consents.SERVICE, "подпись")
		values = {"date": "24 ноября", "time": "08:30", "address": "Примерная ул., 15"}
		values["preparation"] = "не есть 12 часов, можно пить воду"
		message = outbox.queue("booking.created", patient.name, values, patient, channel="SMS", **fields)
		delivery.deliver(message.name)
		message.reload()
		return message

	return send


def events_about(message) -> list[str]:
	return sorted(frappe.get_all("Journey Event", {"message": message.name}, pluck="event"))


@pytest.mark.parametrize("provider", ["smsc", "smsaero"])
def test_sent_with_the_gateways_id_and_cost_and_a_log(through, told, server, provider):
	through(provider)
	message = told()
	assert (message.status, message.provider_id) == ("Sent", str(server.taken[0]["id"]))
	assert Decimal(str(message.cost)) == Decimal(gateway.PRICE)
	log = frappe.get_all("Integration Request", {"reference_docname": message.name}, ["status", "data"])
	assert [row.status for row in log] == ["Completed"]
	assert gateway.SECRET not in log[0].data


def test_without_a_cost_the_channels_price_counts(through, told):
	through("file", base_url="", price=2.5)
	message = told()
	assert message.segments > 1
	assert message.cost == 2.5 * message.segments


def test_a_failed_attempt_is_looked_up_before_the_next(through, told, server):
	through("smsc")
	server.faults.append("taken+500")
	message = told()
	assert (message.status, message.in_flight, message.attempts) == ("Queued", 1, 1)
	message.db_set("next_attempt_at", clock.now())
	delivery.deliver(message.name)
	message.reload()
	assert (message.status, message.in_flight, len(server.taken)) == ("Sent", 0, 1)


def test_a_dead_gateway_rests_and_messages_of_the_rest_lose_no_attempt(through, told, server, monkeypatch):
	through("smsc")
	monkeypatch.setattr("lab_crm.messaging.handover._chunk", lambda _provider: 1)
	server.faults.extend(["500"] * 5)
	waiting = [told(occasion=str(number)) for number in range(7)]
	for message in waiting:
		message.db_set({"attempts": 0, "in_flight": 0, "status": "Queued", "next_attempt_at": clock.now()})
	server.taken.clear()
	server.faults.extend(["500"] * 5)
	try:
		delivery.drain()
		for message in waiting:
			message.reload()
		assert sorted(message.attempts for message in waiting) == [0, 0, 1, 1, 1, 1, 1]
		assert server.taken == []
	finally:
		frappe.cache.delete(frappe.cache.make_key("lab_crm:channel_rest:SMS"))


def test_a_report_is_taken_once_and_nothing_goes_backwards(through, told):
	through("smsc")
	message = told()
	assert receipts.apply(message.name, None) == "Sent"
	for _twice in range(2):
		assert receipts.apply(message.name, receipts.DELIVERED) == "Delivered"
	assert receipts.apply(message.name, receipts.FAILED, error="late") == "Delivered"
	message.reload()
	assert message.delivered_at and not message.error
	assert events_about(message) == ["message.delivered", "message.sent"]


def test_a_report_that_overtakes_the_worker_is_not_overwritten(through, told):
	through("smsc")
	message = told()
	message.db_set({"status": "Queued", "in_flight": 1, "provider_id": None})
	assert receipts.apply(message.name, receipts.DELIVERED, "77") == "Delivered"
	delivery.deliver(message.name)
	message.reload()
	assert (message.status, message.provider_id) == ("Delivered", "77")


def test_what_was_not_delivered_is_sent_again_by_staff(through, told, server, as_user):
	through("smsc")
	message = told()
	receipts.apply(message.name, receipts.FAILED, error="smsc.ru 20")
	message.reload()
	assert message.status == "Failed"
	server.taken[0]["status"] = 20
	names = frappe.as_json([message.name, "MSG-NONE0000"])
	with as_user("Lab Receptionist"), pytest.raises(Refusal):
		send_many_again(names)
	with as_user("Lab Administrator"):
		assert send_many_again(names) == {"queued": 1}
		assert send_many_again(names) == {"queued": 0}
	delivery.deliver(message.name)
	message.reload()
	assert (message.status, len(server.taken)) == ("Sent", 2)


def test_not_more_than_a_list_at_once(site):
	with pytest.raises(Refusal) as refused:
		send_many_again(["MSG-NONE0000"] * 501)
	assert refused.value.code == "TOO_MANY_MESSAGES"


def test_totals_count_each_status_and_the_cost(through, told, as_user):
	through("smsc")
	message = told(occasion="1")
	receipts.apply(message.name, receipts.DELIVERED)
	frappe.db.set_value("Message", message.name, "creation", "2001-02-03 10:00:00")
	period = {"from_date": "2001-02-03", "to_date": "2001-02-03"}
	(row,) = message_totals.execute(period)[1]
	assert (row.total, row.Delivered, row.Failed, row.delivered_share) == (1, 1, 0, 100)
	assert Decimal(str(row.cost)) == Decimal(gateway.PRICE)
	assert message_totals.execute({**period, "channel": "Email"})[1] == []
	with as_user("Lab Marketer"):
		columns, rows = message_totals.execute(period)
		assert "cost" not in rows[0]
		assert "cost" not in [column["fieldname"] for column in columns]


@pytest.mark.parametrize(
	("fields", "code"),
	[
		({"provider": "email"}, "PROVIDER_MISMATCH"),
		({"provider": "smsc", "base_url": "http://gateway.example"}, "ADDRESS_NOT_HTTPS"),
		({"provider": "smsc", "base_url": "ftp://127.0.0.1"}, "ADDRESS_NOT_HTTPS"),
	],
)
def test_wrong_channels_are_refused(site, fields, code):
	doc = frappe.get_doc("Message Channel", "SMS")
	doc.update(fields)
	with pytest.raises(Refusal) as refused:
		doc.save()
	assert refused.value.code == code


def test_secrets_are_kept_encrypted_and_out_of_the_document(through):
	doc = through("smsc")
	stored = frappe.db.get_value("Message Channel", doc.name, ["secret", "webhook_secret"])
	assert set("".join(stored)) == {"*"}
	assert gateway.SECRET not in frappe.as_json(frappe.get_doc("Message Channel", doc.name).as_dict())
