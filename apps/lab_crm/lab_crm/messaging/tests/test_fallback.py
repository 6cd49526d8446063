"""The next channel: once, after the one before has ended, never after the patient has acted, decided anew."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import frappe
import pytest
import time_machine

from lab_crm.journey import events
from lab_crm.messaging import claims, delivery, fallback, outbox, outcomes, receipts
from lab_crm.messaging.doctype.message.message import send_many_again
from lab_crm.messaging.providers.base import DeliveryError
from lab_crm.messaging.providers.file import FileProvider
from lab_crm.privacy import consents
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal
from lab_crm.utils.names import random_name

# Saturday noon in Moscow: no quiet hours.
NOON = "2026-11-21T12:00:00+03:00"
VISIT = {"date": "22 ноября", "day": "завтра", "time": "08:30", "address": "Примерная ул., 15"}
WAIT = 15


@pytest.fixture(autouse=True)
def at_noon():
	with time_machine.travel(datetime.fromisoformat(NOON), tick=False) as traveller:
		yield traveller


@pytest.fixture
def two_ways(site, tmp_path, monkeypatch):
	"""Reminders go by SMS, which reports arrival, then by email; a word is waited for 15 minutes."""
	frappe.conf.lab_crm_sms_log = str(tmp_path / "sms.log")
	frappe.db.commit = lambda: None  # the connection ends with the test
	monkeypatch.setattr(FileProvider, "confirms", True)
	frappe.db.set_value("Message Template", sms_template(), {"wait_minutes": WAIT, "on_failure": 1})


@pytest.fixture
def anna(make, two_ways):
	patient = make.patient(email="anna@example.org")
	consents.give(patient.name, consents.SERVICE, "подпись")
	return patient


@pytest.fixture
def booking(anna):
	"""`booking()`: a row of a booking of hers, to be spoken about; its rules are none of this test's."""

	def insert():
		doc = frappe.new_doc("Booking")
		doc.update({"name": random_name("BKG"), "patient": anna.name, "status": "Booked"})
		doc.db_insert()
		return doc

	return insert


def sms_template() -> str:
	return frappe.db.get_value("Message Template", {"event": "booking.reminder", "channel": "SMS"})


def remind(patient, reference=None, **fields):
	return outbox.queue("booking.reminder", patient.name, VISIT, reference or patient, **fields)


def refuse(monkeypatch, **fields):
	def send(self, outgoing):
		raise DeliveryError("no such number", **fields)

	monkeypatch.setattr(FileProvider, "send", send)


def told(message, event="message.failed"):
	"""The subscribers' turn, as after the commit."""
	(name,) = frappe.get_all("Journey Event", {"message": message.name, "event": event}, pluck="name")
	events.dispatch(name)


def followers(message) -> list:
	names = frappe.get_all("Message", {"replaces": message.name}, pluck="name")
	return [frappe.get_doc("Message", name) for name in names]


def follower(message):
	(found,) = followers(message)
	return found


def test_a_failed_message_goes_by_the_next_channel_once(anna, monkeypatch):
	refuse(monkeypatch, permanent=True)
	message = remind(anna)
	assert (message.channel, message.fallback_at) == ("SMS", clock.now() + timedelta(minutes=WAIT))
	delivery.deliver(message.name)
	for _twice in range(2):
		told(message)
		fallback.sweep()
	after = follower(message)
	assert (after.channel, after.status, after.recipient) == ("Email", "Queued", "anna@example.org")
	assert after.route == f"Вместо {message.name} по каналу SMS: no such number"
	assert (after.event, after.reference_name) == ("booking.reminder", anna.name)
	message.reload()
	assert (message.status, message.fallback_at) == ("Failed", None)


def test_a_message_without_word_of_its_arrival_goes_by_the_next_channel(anna, at_noon):
	message = remind(anna)
	delivery.deliver(message.name)
	at_noon.shift(timedelta(minutes=WAIT) - timedelta(seconds=1))
	assert fallback.sweep() == 0
	at_noon.shift(1)
	assert [fallback.sweep(), fallback.sweep()] == [1, 0]
	after = follower(message)
	assert (after.channel, "15 мин" in after.route) == ("Email", True)
	message.reload()
	assert message.status == "Sent"


def test_word_of_its_arrival_ends_the_waiting(anna, at_noon):
	message = remind(anna)
	delivery.deliver(message.name)
	receipts.apply(message.name, receipts.DELIVERED)
	at_noon.shift(timedelta(hours=1))
	assert fallback.sweep() == 0


def test_a_report_of_failure_brings_the_next_channel(anna):
	message = remind(anna)
	delivery.deliver(message.name)
	receipts.apply(message.name, receipts.FAILED, error="absent")
	told(message)
	assert follower(message).route.endswith(": absent")


def test_where_nobody_reports_arrival_silence_means_nothing(anna, at_noon, monkeypatch):
	monkeypatch.setattr(FileProvider, "confirms", False)
	message = remind(anna)
	delivery.deliver(message.name)
	at_noon.shift(timedelta(days=1))
	assert (message.fallback_at, fallback.sweep()) == (None, 0)


def test_a_channel_that_keeps_failing_is_given_up_for_the_next(anna, at_noon, monkeypatch):
	refuse(monkeypatch)
	message = remind(anna)
	while clock.now() < message.fallback_at:
		delivery.drain()
		at_noon.shift(30)
	message.reload()
	assert message.status == "Queued"
	# The sweep waits while a worker may hold it.
	message.db_set("next_attempt_at", clock.now() + claims.LEASE)
	assert fallback.sweep() == 0
	message.db_set("next_attempt_at", clock.now())
	assert fallback.sweep() == 1
	message.reload()
	assert (message.status, follower(message).channel) == ("Failed", "Email")


def test_a_worker_that_held_it_finds_it_gone(anna, at_noon):
	message = remind(anna)
	at_noon.shift(timedelta(minutes=WAIT))
	(row,) = claims.take([message.name])
	message.db_set("next_attempt_at", clock.now())  # its lease has ended
	assert fallback.sweep() == 1
	assert claims.begin([row]) == []
	outcomes.failed(row, DeliveryError("late"), True)
	message.reload()
	assert (message.status, message.error.startswith("late")) == ("Failed", False)


@pytest.mark.parametrize("event", ["booking.cancelled", "booking.rescheduled", "booking.confirmed"])
def test_nothing_follows_once_the_patient_has_acted(anna, booking, monkeypatch, at_noon, event):
	refuse(monkeypatch, permanent=True)
	about = booking()
	message = remind(anna, about)
	delivery.deliver(message.name)
	at_noon.shift(1)
	events.emit(event, patient=anna.name, booking=about.name)
	told(message)
	after = follower(message)
	assert (after.status, after.reason_code) == ("Suppressed", "ACTED")
	assert "пациент уже" in after.decision


def test_what_happens_to_another_booking_stops_nothing(anna, booking, monkeypatch, at_noon):
	refuse(monkeypatch, permanent=True)
	message = remind(anna, booking())
	delivery.deliver(message.name)
	at_noon.shift(1)
	events.emit("booking.cancelled", patient=anna.name, booking=booking().name)
	told(message)
	assert follower(message).status == "Queued"


def test_what_waits_for_the_morning_is_stopped_by_an_act_of_the_evening(anna, booking, at_noon):
	about = booking()
	message = remind(anna, about)
	at_noon.move_to(datetime.fromisoformat("2026-11-21T21:30:00+03:00"))
	message.db_set({"status": "Failed", "fallback_at": clock.now()})
	fallback.sweep()
	after = follower(message)
	assert after.next_attempt_at == datetime(2026, 11, 22, 9, 0)
	assert "завтра" not in after.body
	assert "22 ноября" in after.body
	events.emit("booking.confirmed", patient=anna.name, booking=about.name)
	at_noon.move_to(datetime.fromisoformat("2026-11-22T09:00:01+03:00"))
	delivery.deliver(after.name)
	after.reload()
	assert (after.status, after.reason_code) == ("Suppressed", "ACTED")


def test_a_late_word_of_arrival_stops_what_has_not_left(anna, at_noon):
	message = remind(anna)
	delivery.deliver(message.name)
	at_noon.shift(timedelta(minutes=WAIT))
	fallback.sweep()
	receipts.apply(message.name, receipts.DELIVERED)
	after = follower(message)
	delivery.deliver(after.name)
	after.reload()
	assert (after.status, after.reason_code) == ("Suppressed", "ARRIVED")


def test_consents_are_asked_anew(anna, monkeypatch):
	refuse(monkeypatch, permanent=True)
	message = remind(anna)
	delivery.deliver(message.name)
	consents.withdraw(anna.name, consents.SERVICE, "телефон")
	told(message)
	after = follower(message)
	assert (after.status, after.reason_code) == ("Suppressed", "CONSENT_WITHDRAWN")


def test_caps_are_counted_anew_without_what_did_not_arrive(anna, at_noon):
	frappe.db.set_single_value("Messaging Policy", "service_cap", 1)
	first = remind(anna)
	delivery.deliver(first.name)
	at_noon.shift(timedelta(minutes=WAIT))
	fallback.sweep()
	assert follower(first).status == "Queued"
	assert remind(anna, occasion="another").reason_code == "CAP"


def test_an_answer_that_comes_late_is_none(anna, at_noon, monkeypatch):
	frappe.db.set_value("Message Template", {"event": "booking.created"}, "on_failure", 1)
	frappe.db.set_value("Patient", anna.name, "preferred_channel", "SMS")
	message = outbox.queue("booking.created", anna.name, VISIT, anna)
	message.db_set({"status": "Failed", "fallback_at": clock.now()})
	at_noon.move_to(datetime.fromisoformat("2026-11-21T23:00:00+03:00"))
	fallback.sweep()
	after = follower(message)
	assert (after.reason_code, after.is_answer) == ("QUIET_HOURS", 0)


def test_without_another_channel_it_stays_failed(make, two_ways, monkeypatch):
	patient = make.patient()
	consents.give(patient.name, consents.SERVICE, "подпись")
	refuse(monkeypatch, permanent=True)
	message = remind(patient)
	delivery.deliver(message.name)
	assert fallback.goes_on(message.name)
	fallback.sweep()
	assert not fallback.goes_on(message.name)
	assert followers(message) == []
	assert frappe.db.exists("Journey Event", {"message": message.name, "event": "message.undelivered"})


def test_the_next_channel_may_be_forbidden_by_the_text(anna, monkeypatch):
	frappe.db.set_value("Message Template", sms_template(), "on_failure", 0)
	refuse(monkeypatch, permanent=True)
	message = remind(anna)
	delivery.deliver(message.name)
	told(message)
	assert followers(message) == []


def test_a_message_for_one_channel_only_never_changes_it(anna, monkeypatch):
	refuse(monkeypatch, permanent=True)
	message = remind(anna, channel="SMS")
	delivery.deliver(message.name)
	told(message)
	assert (followers(message), message.context) == ([], None)


def test_a_channel_switched_off_while_it_waits_hands_over(anna):
	message = remind(anna)
	frappe.db.set_value("Message Channel", "SMS", "is_enabled", 0)
	frappe.clear_document_cache("Message Channel", "SMS")
	try:
		delivery.deliver(message.name)
		told(message, "message.suppressed")
		assert (follower(message).channel, follower(message).status) == ("Email", "Queued")
	finally:
		frappe.clear_document_cache("Message Channel", "SMS")


def test_the_message_says_which_channels_were_left_out(anna):
	frappe.db.set_value("Message Channel", "SMS", "is_enabled", 0)
	message = remind(anna)
	assert (message.channel, message.route) == ("Email", "Не отправлено: канал «SMS» выключен")


def test_staff_cannot_send_again_what_another_channel_has(anna, monkeypatch, as_user):
	refuse(monkeypatch, permanent=True)
	message = remind(anna)
	delivery.deliver(message.name)
	told(message)
	with as_user("Lab Administrator"):
		with pytest.raises(Refusal) as refused:
			message.send_again()
		assert send_many_again([message.name]) == {"queued": 0}
	assert refused.value.code == "MESSAGE_REPLACED"
	follower(message).db_set({"status": "Failed", "fallback_at": None})
	with as_user("Lab Administrator"):
		message.send_again()
	assert message.status == "Queued"


def test_a_fault_of_one_does_not_hold_up_the_others(anna, monkeypatch):
	frappe.db.rollback = lambda **_kwargs: None
	bad, good = remind(anna), remind(anna, occasion="2")
	for message in (bad, good):
		message.db_set({"status": "Failed", "fallback_at": clock.now()})
	bad.db_set("context", "no json")
	assert fallback.sweep() == 1
	bad.reload()
	assert bad.fallback_at == clock.now() + fallback.AFTER_A_FAULT


def test_many_sweeps_at_once_make_one_follower(site, make, profile):
	patient = make.patient(email="anna@example.org")
	consents.give(patient.name, consents.SERVICE, "подпись")
	message = remind(patient, send_after=clock.now() + timedelta(days=900))
	message.db_set({"status": "Failed", "fallback_at": clock.now()})
	frappe.db.set_value("Message", message.name, "creation", clock.now())
	frappe.db.commit()

	def follow(_number):
		frappe.init(site=profile.site, sites_path=str(profile.sites), force=True)
		frappe.connect()
		try:
			frappe.db.count("Message")
			made = fallback.follow(message.name)
			if made:
				# No worker of a running stack is to send it.
				made.db_set("next_attempt_at", clock.now() + timedelta(days=900))
			frappe.db.commit()
			return bool(made)
		finally:
			frappe.destroy()

	try:
		with ThreadPoolExecutor(6) as pool:
			assert sum(pool.map(follow, range(6))) == 1
		frappe.db.rollback()
		assert len(followers(message)) == 1
	finally:
		for doctype in ("Message", "Consent", "Journey Event"):
			frappe.db.delete(doctype, {"patient": patient.name})
		frappe.db.delete("Patient", {"name": patient.name})
		frappe.db.commit()


def test_the_third_channel_says_the_date_when_tomorrow_has_become_another_day(anna, at_noon):
	"""A follower made on the next day still has the words of the first message."""
	first = remind(anna)
	first.db_set({"status": "Failed", "fallback_at": clock.now()})
	at_noon.shift(timedelta(days=1))
	fallback.sweep()
	second = follower(first)
	assert "завтра" not in second.body
	frappe.db.set_value("Message Channel", "Push", "is_enabled", 1)
	browser = frappe.new_doc("Push Subscription")
	browser.update(
		{"patient": anna.name, "endpoint": "https://fcm.googleapis.com/x", "browser_key": anna.name}
	)
	browser.update({"p256dh": "x", "auth": "x"}).insert()
	second.db_set({"status": "Failed", "fallback_at": clock.now()})
	fallback.sweep()
	third = follower(second)
	assert (third.channel, "22 ноября" in third.body, "завтра" in third.body) == ("Push", True, False)
