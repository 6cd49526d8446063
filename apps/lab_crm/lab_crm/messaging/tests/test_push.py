"""Notifications in browsers: encrypted and signed as push services want them, removed with the browser."""

from datetime import datetime, timedelta

import frappe
import pytest
import time_machine
from rq.timeouts import JobTimeoutException

from lab_crm.messaging import (
	claims,
	delivery,
	fallback,
	handover,
	outbox,
	push_keys,
	rate,
	receipts,
	subscriptions,
)
from lab_crm.messaging.providers.base import DeliveryError
from lab_crm.messaging.providers.web_push import WebPushProvider
from lab_crm.messaging.tests import fake_push
from lab_crm.patients import merging
from lab_crm.privacy import consents
from lab_crm.utils import clock, tokens
from lab_crm.utils.errors import Refusal

NOON = "2026-11-21T12:00:00+03:00"
VISIT = {
	"date": "22 ноября",
	"day": "завтра",
	"time": "08:30",
	"address": "Примерная ул., 15",
	"manage_link": "http://lab.example/b/token",
}


@pytest.fixture
def service(site):
	"""A push service that stands for those of browsers; commits stay within the test's transaction."""
	frappe.db.commit = lambda: None  # the connection ends with the test
	with fake_push.running() as running, time_machine.travel(datetime.fromisoformat(NOON), tick=False):
		channel = frappe.get_doc("Message Channel", "Push")
		channel.update({"base_url": running.url, "rate_per_minute": 0, "timeout_seconds": 2, "is_enabled": 1})
		channel.save()
		yield running
	frappe.clear_document_cache("Message Channel", "Push")


@pytest.fixture
def anna(make, service):
	patient = make.patient()
	consents.give(patient.name, consents.SERVICE, "подпись")
	return patient


@pytest.fixture
def browser(anna, service):
	"""`browser()`: one more browser of hers."""

	def subscribe():
		made = service.browser()
		subscriptions.add(anna.name, made.endpoint, **made.keys, own_service=service.url)
		return made

	return subscribe


def remind(patient, **fields):
	message = outbox.queue("booking.reminder", patient.name, VISIT, patient, **fields)
	delivery.deliver(message.name)
	message.reload()
	return message


def test_a_notification_is_read_by_its_browser_only_and_carries_no_medical_content(anna, browser):
	phone, tablet = browser(), browser()
	message = remind(anna)
	assert (message.status, message.channel, message.recipient) == ("Sent", "Push", anna.name)
	for one in (phone, tablet):
		(told,) = one.taken
		assert told["title"] == "Ждём вас"
		assert told["body"].startswith("завтра в 08:30, Примерная ул., 15.")
		assert "http" not in told["body"]
		assert (told["url"], told["tag"]) == ("http://lab.example/b/token", message.name)
		headers = one.headers[0]
		assert (headers["ttl"], headers["topic"]) == ("900", message.name)
	log = frappe.get_all("Integration Request", {"reference_docname": message.name}, ["url", "data"])
	assert len(log) == 2
	assert not any(one.endpoint in f"{log}" or "завтра" in f"{log}" for one in (phone, tablet))


def test_the_report_that_came_with_it_says_that_it_has_arrived(anna, browser):
	phone = browser()
	message = remind(anna)
	token = phone.taken[0]["report"].split("token=")[1]
	assert tokens.read("message_report", token) == message.name
	assert receipts.apply(message.name, receipts.DELIVERED) == "Delivered"


def test_a_silent_browser_is_followed_by_the_sms(anna, browser):
	browser()
	message = remind(anna)
	assert message.fallback_at == clock.now() + timedelta(minutes=15)
	message.db_set("fallback_at", clock.now())
	fallback.sweep()
	assert frappe.db.get_value("Message", {"replaces": message.name}, "channel") == "SMS"


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_forgotten_and_the_sms_goes_at_once(anna, browser, status):
	gone = browser()
	gone.status = status
	message = remind(anna)
	assert message.status == "Failed"
	assert not subscriptions.has(anna.name)
	fallback.sweep()
	assert frappe.db.get_value("Message", {"replaces": message.name}, "channel") == "SMS"


def test_one_that_is_gone_takes_nothing_from_the_others(anna, browser):
	gone, phone = browser(), browser()
	gone.status = 410
	assert remind(anna).status == "Sent"
	assert subscriptions.marks_of(anna.name) == [subscriptions.mark(phone.endpoint)]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_passing_fault_is_tried_again(anna, browser, status):
	phone = browser()
	phone.status = status
	message = remind(anna)
	assert (message.status, message.attempts) == ("Queued", 1)
	phone.status = 201
	message.db_set("next_attempt_at", clock.now())
	delivery.deliver(message.name)
	message.reload()
	assert (message.status, len(phone.taken)) == ("Sent", 1)


def test_who_has_no_browser_gets_the_sms_without_a_word_about_it(anna):
	message = outbox.queue("booking.reminder", anna.name, VISIT, anna)
	assert (message.channel, message.route) == ("SMS", None)


def test_without_consent_no_notification(anna, browser):
	phone = browser()
	consents.withdraw(anna.name, consents.SERVICE, "телефон")
	message = remind(anna)
	assert (message.reason_code, phone.taken) == ("CONSENT_WITHDRAWN", [])


def test_a_browser_is_kept_once_and_the_oldest_gives_way(anna, browser, service):
	first = browser()
	subscriptions.add(anna.name, first.endpoint, **first.keys, own_service=service.url)
	assert len(subscriptions.of(anna.name)) == 1
	for _number in range(subscriptions.MOST):
		frappe.db.set_value(subscriptions.DOCTYPE, {"endpoint": first.endpoint}, "creation", "2001-01-01")
		browser()
	marks = subscriptions.marks_of(anna.name)
	assert len(marks) == subscriptions.MOST
	assert subscriptions.mark(first.endpoint) not in marks


@pytest.mark.parametrize(
	"endpoint",
	[
		"https://fcm.googleapis.com/fcm/send/abc",
		"https://updates.push.services.mozilla.com/wpush/v2/abc",
		"https://web.push.apple.com/abc",
		"https://wns2-par02p.notify.windows.com/w/?token=abc",
	],
)
def test_the_services_of_browsers_are_known(endpoint):
	assert subscriptions.is_service(endpoint)


@pytest.mark.parametrize(
	"endpoint",
	[
		"http://fcm.googleapis.com/abc",
		"https://fcm.googleapis.com.evil.example/abc",
		"https://evilfcm.googleapis.com.example/abc",
		"https://fcm.googleapis.com:22/abc",
		"https://user@fcm.googleapis.com/abc",
		"https://127.0.0.1/abc",
		"https://169.254.169.254/latest",
		"file:///etc/passwd",
		"//fcm.googleapis.com/abc",
		"",
	],
)
def test_no_other_address_is_called(anna, endpoint):
	with pytest.raises(Refusal) as refused:
		subscriptions.add(anna.name, endpoint, "", "")
	assert refused.value.code == "PUSH_SERVICE_UNKNOWN"


def test_broken_keys_are_refused(anna, service):
	good = service.browser()
	off_curve = fake_push.text(b"\4" + b"\1" * 64)
	for keys in ({"p256dh": off_curve}, {"auth": "AAAA"}, {"p256dh": "not base64!"}, {"auth": ""}):
		with pytest.raises(Refusal) as refused:
			subscriptions.add(anna.name, good.endpoint, **{**good.keys, **keys}, own_service=service.url)
		assert refused.value.code == "PUSH_KEYS_INVALID"


def test_the_site_has_one_key_and_keeps_it_secret(service):
	channel = frappe.get_doc("Message Channel", "Push")
	private = channel.get_password("secret")
	assert len(push_keys.octets(private)) == 32
	assert push_keys.is_browser_key(push_keys.public(private))
	assert set(frappe.db.get_value("Message Channel", "Push", "secret")) == {"*"}
	channel.save()
	assert channel.get_password("secret") == private
	assert push_keys.make() != push_keys.make()


@pytest.fixture
def merged(anna, browser, make):
	"""A browser that came with another card of hers, which was merged into this one."""
	phone = browser()
	fields = ("last_name", "first_name", "middle_name", "birth_date", "sex")
	stays = make.patient(**{field: anna.get(field) for field in fields})
	consents.give(stays.name, consents.SERVICE, "подпись")
	merging.merge(stays.name, anna.name, "одна карта")
	return frappe._dict(patient=stays, phone=phone)


def test_a_browser_of_a_merged_card_is_switched_off(merged):
	subscriptions.remove(merged.patient.name, merged.phone.endpoint)
	assert not subscriptions.has(merged.patient.name)


def test_a_browser_of_a_merged_card_switched_on_again_is_one(merged, service):
	phone = merged.phone
	subscriptions.add(merged.patient.name, phone.endpoint, **phone.keys, own_service=service.url)
	assert len(subscriptions.of(merged.patient.name)) == 1


def test_what_was_queued_for_a_merged_card_reaches_its_browsers(anna, browser, make):
	phone = browser()
	message = outbox.queue("booking.reminder", anna.name, VISIT, anna)
	fields = ("last_name", "first_name", "middle_name", "birth_date", "sex")
	stays = make.patient(**{field: anna.get(field) for field in fields})
	consents.give(stays.name, consents.SERVICE, "подпись")
	merging.merge(stays.name, anna.name, "одна карта")
	delivery.deliver(message.name)
	message.reload()
	assert (message.status, message.recipient, len(phone.taken)) == ("Sent", stays.name, 1)


def test_a_service_that_is_silent_rests_before_the_whole_batch_has_waited(anna, browser, monkeypatch):
	asked = []

	def silent(self, outgoing):
		asked.append(outgoing.id)
		raise DeliveryError("no answer", uncertain=True)

	browser()
	frappe.db.set_single_value("Messaging Policy", "service_cap", 50)
	monkeypatch.setattr(WebPushProvider, "send", silent)
	rested = []
	monkeypatch.setattr(rate, "rest", rested.append)
	monkeypatch.setattr(rate, "is_resting", lambda channel: channel in rested)
	names = [
		outbox.queue(
			"booking.reminder", anna.name, {**VISIT, "time": f"{hour}:30"}, anna, occasion=f"{hour}"
		).name
		for hour in range(10, 20)
	]
	handover.send_all(claims.take(names))
	assert (len(asked), rested) == (5, ["Push"])
	waiting = frappe.get_all("Message", {"name": ("in", names), "status": "Queued"}, pluck="attempts")
	assert sorted(waiting) == [0] * 5 + [1] * 5


def test_the_end_of_the_workers_time_is_no_fault_of_a_message(anna, browser, monkeypatch):
	def interrupted(self, outgoing):
		raise JobTimeoutException("time is up")

	browser()
	monkeypatch.setattr(WebPushProvider, "send", interrupted)
	message = outbox.queue("booking.reminder", anna.name, VISIT, anna)
	with pytest.raises(JobTimeoutException):
		delivery.deliver(message.name)
	message.reload()
	assert (message.status, message.in_flight, message.error) == ("Queued", 1, None)
