"""The outbox on a site: decided, written once, sent once, with the reason kept."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import frappe
import pytest
import time_machine

from lab_crm.messaging import claims, delivery, outbox, outcomes, sealed
from lab_crm.messaging.providers.base import DeliveryError
from lab_crm.messaging.providers.file import FileProvider
from lab_crm.privacy import consents
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal

# Saturday noon in Moscow: no quiet hours.
NOON = "2026-11-21T12:00:00+03:00"
VISIT = {
	"date": "24 ноября",
	"time": "08:30",
	"weekday": "вторник",
	"address": "Примерная ул., 15",
	"bring": "паспорт",
}


@pytest.fixture(autouse=True)
def at_noon():
	with time_machine.travel(datetime.fromisoformat(NOON), tick=False) as traveller:
		yield traveller


@pytest.fixture
def sms_log(site, tmp_path):
	"""The file of the offline SMS provider; commits stay within the test's transaction."""
	path = tmp_path / "sms.log"
	frappe.conf.lab_crm_sms_log = str(path)
	frappe.db.commit = lambda: None  # the connection ends with the test
	return lambda: [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@pytest.fixture
def anna(make):
	"""A patient who agreed to service messages and has a phone only."""
	patient = make.patient()
	consents.give(patient.name, consents.SERVICE, "подпись")
	return patient


def confirm(patient, **arguments):
	return outbox.queue("booking.created", patient.name, VISIT, patient, **arguments)


def remind(patient, occasion="1", **arguments):
	return outbox.queue("booking.reminder", patient.name, VISIT, patient, occasion=occasion, **arguments)


def events_about(message) -> list[str]:
	return frappe.get_all("Journey Event", filters={"message": message.name}, pluck="event")


def test_queued_and_sent(sms_log, anna):
	message = confirm(anna)
	assert (message.status, message.channel, message.reason_code) == ("Queued", "SMS", "CONSENT")
	assert "есть согласие «Сервисные сообщения»" in message.decision
	delivery.deliver(message.name)
	assert [line["to"] for line in sms_log()] == [anna.mobile]
	assert "24 ноября" in sms_log()[0]["text"]
	message.reload()
	assert (message.status, message.provider_id) == ("Sent", message.name)
	assert events_about(message) == ["message.sent"]


def test_the_same_occasion_is_one_message(sms_log, anna):
	first = confirm(anna)
	assert confirm(anna).name == first.name
	assert confirm(anna, occasion="2026-11-25T09:00").name != first.name
	for _twice in range(2):
		delivery.deliver(first.name)
	assert len(sms_log()) == 1


def test_without_consent_it_is_stored_with_the_reason_and_not_sent(sms_log, make):
	message = confirm(make.patient())
	assert (message.status, message.reason_code) == ("Suppressed", "NO_CONSENT")
	delivery.deliver(message.name)
	assert sms_log() == []
	assert events_about(message) == ["message.suppressed"]


def test_a_withdrawal_stops_what_is_already_queued(sms_log, anna):
	message = confirm(anna)
	consents.withdraw(anna.name, consents.SERVICE, "телефон")
	delivery.deliver(message.name)
	message.reload()
	assert (message.status, message.reason_code) == ("Suppressed", "CONSENT_WITHDRAWN")
	assert sms_log() == []


def test_a_reminder_waits_for_the_morning(sms_log, anna, at_noon):
	at_noon.move_to(datetime.fromisoformat("2026-11-21T22:15:00+03:00"))
	message = remind(anna)
	assert message.reason_code == "QUIET_HOURS"
	assert message.next_attempt_at == datetime(2026, 11, 22, 9, 0)
	assert delivery.drain() == 0
	at_noon.move_to(datetime.fromisoformat("2026-11-22T09:00:01+03:00"))
	assert delivery.drain() == 1
	assert len(sms_log()) == 1


def test_quiet_hours_are_those_of_the_patient(sms_log, make, at_noon):
	at_noon.move_to(datetime.fromisoformat("2026-11-21T19:30:00+03:00"))
	far = make.patient(time_zone="Asia/Yekaterinburg")
	consents.give(far.name, consents.SERVICE, "подпись")
	message = remind(far)
	assert message.next_attempt_at == datetime(2026, 11, 22, 7, 0)


def test_a_reminder_after_its_visit_is_not_sent(sms_log, anna):
	message = remind(anna, expires_at=clock.now() + timedelta(hours=1))
	with time_machine.travel(datetime.fromisoformat("2026-11-21T14:00:00+03:00"), tick=False):
		delivery.deliver(message.name)
	message.reload()
	assert (message.status, message.reason_code) == ("Suppressed", "EXPIRED")


def test_the_same_text_twice_in_a_row_is_stopped(sms_log, anna):
	confirm(anna)
	assert confirm(anna, occasion="again").reason_code == "DUPLICATE"


def test_the_cap_holds_back_reminders_but_not_answers(sms_log, anna):
	for number in range(6):
		values = {**VISIT, "time": f"0{number}:00"}
		outbox.queue("booking.reminder", anna.name, values, anna, occasion=str(number))
	seventh = remind(anna, "seventh")
	assert seventh.reason_code == "CAP"
	assert confirm(anna).status == "Queued"


def test_email_goes_first_for_a_confirmation_and_sms_for_a_reminder(sms_log, make):
	patient = make.patient(email="anna@example.org")
	consents.give(patient.name, consents.SERVICE, "подпись")
	assert confirm(patient).channel == "Email"
	reminder = remind(patient)
	assert reminder.channel == "SMS"


def test_the_preferred_channel_comes_first_and_the_other_is_the_fallback(sms_log, make):
	patient = make.patient(email="anna@example.org", preferred_channel="SMS")
	consents.give(patient.name, consents.SERVICE, "подпись")
	assert confirm(patient).channel == "SMS"
	frappe.db.set_value("Message Channel", "SMS", "is_enabled", 0)
	assert confirm(patient, occasion="again").channel == "Email"


def test_a_patient_without_phone_and_email(sms_log, make):
	patient = make.patient(mobile=None)
	consents.give(patient.name, consents.SERVICE, "подпись")
	message = confirm(patient)
	assert (message.status, message.reason_code) == ("Suppressed", "NO_RECIPIENT")


def test_an_event_without_texts(sms_log, anna):
	frappe.db.set_value("Message Template", {"event": "booking.created"}, "is_active", 0)
	assert confirm(anna).reason_code == "NO_TEMPLATE"


def test_a_failing_provider_is_tried_again_and_then_given_up(sms_log, anna, monkeypatch, at_noon):
	def refuse(self, outgoing):
		raise DeliveryError("gateway is down")

	monkeypatch.setattr(FileProvider, "send", refuse)
	message = confirm(anna)
	for attempt, pause in enumerate(outcomes.BACK_OFF, start=1):
		assert delivery.drain() == 1
		message.reload()
		assert (message.status, message.attempts, message.error) == ("Queued", attempt, "gateway is down")
		assert message.next_attempt_at == clock.now() + pause
		assert delivery.drain() == 0
		at_noon.shift(pause)
	delivery.drain()
	message.reload()
	assert message.status == "Failed"
	assert events_about(message) == ["message.failed"]


def test_a_permanent_refusal_is_not_tried_again(sms_log, anna, monkeypatch):
	def refuse(self, outgoing):
		raise DeliveryError("no such number", permanent=True)

	monkeypatch.setattr(FileProvider, "send", refuse)
	message = confirm(anna)
	delivery.deliver(message.name)
	message.reload()
	assert message.status == "Failed"


def test_staff_send_a_failed_message_again(sms_log, anna, as_user):
	message = confirm(anna)
	message.db_set({"status": "Failed", "attempts": 7})
	with as_user("Lab Receptionist"), pytest.raises(Refusal):
		message.send_again()
	with as_user("Lab Administrator"):
		message.send_again()
	delivery.deliver(message.name)
	assert len(sms_log()) == 1
	with pytest.raises(Refusal) as refused:
		message.send_again()
	assert refused.value.code == "MESSAGE_NOT_FAILED"


def test_a_worker_killed_after_handing_over_does_not_send_twice(sms_log, anna, at_noon):
	message = confirm(anna)
	delivery.deliver(message.name)
	# As the row looks when the worker died between the provider's answer and its own commit.
	message.db_set({"status": "Queued", "attempts": 1, "next_attempt_at": clock.now() + claims.LEASE})
	assert delivery.drain() == 0
	at_noon.shift(claims.LEASE)
	assert delivery.drain() == 1
	message.reload()
	assert (message.status, message.attempts, len(sms_log())) == ("Sent", 2, 1)


def test_a_channel_is_not_sent_through_faster_than_it_takes(sms_log, anna, at_noon):
	frappe.db.set_value("Message Channel", "SMS", "rate_per_minute", 1)
	frappe.clear_document_cache("Message Channel", "SMS")
	frappe.cache.delete(frappe.cache.make_key(f"lab_crm:channel_rate:SMS:{int(time.time() // 60)}"))
	first, second = confirm(anna), confirm(anna, occasion="x", channel="SMS")
	second.db_set({"status": "Queued", "next_attempt_at": clock.now(), "body": "другой текст"})
	assert delivery.drain() == 2
	assert len(sms_log()) == 1
	waiting = [m for m in (first, second) if frappe.db.get_value("Message", m.name, "status") == "Queued"]
	assert frappe.db.get_value("Message", waiting[0].name, ["attempts", "next_attempt_at"]) == (
		0,
		datetime(2026, 11, 21, 12, 1),
	)
	at_noon.shift(60)
	delivery.drain()
	assert len(sms_log()) == 2


def test_a_code_is_sent_and_never_stored(sms_log):
	message = outbox.queue(
		"portal.code",
		context={"code": "493821", "minutes": 5},
		channel="SMS",
		address="+79001234567",
		occasion="a",
	)
	assert "493821" not in frappe.as_json(message.as_dict())
	assert sealed.MASK in message.body
	delivery.deliver(message.name)
	assert "493821" in sms_log()[0]["text"]
	assert sealed.reveal(message.name) is None


def test_a_code_whose_text_is_gone_is_not_sent_masked(sms_log):
	message = outbox.queue(
		"portal.code",
		context={"code": "493821", "minutes": 5},
		channel="SMS",
		address="+79001234567",
		occasion="b",
	)
	sealed.forget(message.name)
	delivery.deliver(message.name)
	message.reload()
	assert (message.status, sms_log()) == ("Failed", [])


def test_a_poisonous_message_does_not_stop_the_others(sms_log, make, anna, monkeypatch):
	frappe.db.rollback = lambda **_kwargs: None
	bad, good = confirm(anna), confirm(anna, occasion="y")
	good.db_set({"status": "Queued", "next_attempt_at": clock.now()})
	bad.db_set("attachments", "no json")
	assert delivery.drain() == 2
	assert [line["id"] for line in sms_log()] == [good.name]
	bad.reload()
	assert (bad.status, bad.attempts) == ("Queued", 1)


def test_a_letter_with_an_invitation(sms_log, make, monkeypatch):
	frappe.flags.mute_emails = False
	patient = make.patient(email="anna@example.org")
	consents.give(patient.name, consents.SERVICE, "подпись")
	ics = {"filename": "visit.ics", "content": "BEGIN:VCALENDAR", "content_type": "text/calendar"}
	message = confirm(patient, attachments=[ics])
	delivery.deliver(message.name)
	message.reload()
	assert (message.status, message.error) == ("Sent", None)
	letter = frappe.get_doc("Email Queue", {"message_id": message.provider_id})
	assert letter.status == "Sent"
	assert "visit.ics" in letter.message
	assert "text/calendar" in letter.message
	message.db_set({"status": "Queued", "next_attempt_at": clock.now(), "in_flight": 1})
	delivery.deliver(message.name)
	assert frappe.db.count("Email Queue", {"message_id": message.provider_id}) == 1


def test_muted_email_waits(sms_log, make):
	patient = make.patient(email="anna@example.org")
	consents.give(patient.name, consents.SERVICE, "подпись")
	message = confirm(patient)
	delivery.deliver(message.name)
	message.reload()
	assert (message.status, message.attempts) == ("Queued", 1)
	assert "muted" in message.error


def test_messages_are_evidence(sms_log, anna):
	with pytest.raises(Refusal):
		frappe.delete_doc("Message", confirm(anna).name)


@pytest.mark.parametrize(
	("fields", "code"),
	[
		({"body": "Ваш диагноз: {{ diagnosis }}"}, "TEMPLATE_VARIABLE_UNKNOWN"),
		({"body": "{% for x in y %}"}, "TEMPLATE_BRACES"),
		({"body": "{{ frappe.session.user }}"}, "TEMPLATE_BRACES"),
		({"body": "а" * 5000}, "TEMPLATE_TOO_LONG"),
		({"channel": "Email", "body": "Ждём", "subject": ""}, "SUBJECT_REQUIRED"),
		({"body": "Ждём вас"}, "TEMPLATE_EXISTS"),
		({"purpose": "Requested by Patient", "body": "Ждём вас"}, "PURPOSE_NOT_ALLOWED"),
		({"purpose": "Marketing", "body": "Скидка"}, "PURPOSE_NOT_ALLOWED"),
		({"event": "booking.reminder", "is_answer": 1, "body": "Ждём вас"}, "NO_ANSWER"),
	],
)
def test_wrong_templates_are_refused(site, fields, code):
	doc = frappe.new_doc("Message Template")
	doc.update({"template_name": "Проба", "event": "booking.created", "channel": "SMS", **fields})
	with pytest.raises(Refusal) as refused:
		doc.insert()
	assert refused.value.code == code


def test_starter_texts_are_installed(site):
	from lab_crm.messaging.starter_texts import TEMPLATES

	assert frappe.db.count("Message Template", {"is_active": 1}) >= len(TEMPLATES)


def test_many_at_once_make_one_message(site, make, profile):
	patient = make.patient()
	consents.give(patient.name, consents.SERVICE, "подпись")
	frappe.db.commit()

	def tell(_number):
		frappe.init(site=profile.site, sites_path=str(profile.sites), force=True)
		frappe.connect()
		try:
			frappe.db.count("Message")
			name = outbox.queue(
				"booking.created",
				patient.name,
				VISIT,
				("Patient", patient.name),
				send_after=clock.now() + timedelta(days=900),
			).name
			frappe.db.commit()
			return name
		finally:
			frappe.destroy()

	try:
		with ThreadPoolExecutor(6) as pool:
			assert len(set(pool.map(tell, range(6)))) == 1
		frappe.db.rollback()
		assert frappe.db.count("Message", {"patient": patient.name}) == 1
	finally:
		for doctype in ("Message", "Consent", "Journey Event"):
			frappe.db.delete(doctype, {"patient": patient.name})
		frappe.db.delete("Patient", {"name": patient.name})
		frappe.db.commit()


def test_it_goes_to_the_phone_of_today(sms_log, anna):
	message = remind(anna)
	frappe.db.set_value("Patient", anna.name, "mobile", "+79000000199")
	delivery.deliver(message.name)
	assert [line["to"] for line in sms_log()] == ["+79000000199"]
	message.reload()
	assert message.recipient == "+79000000199"


def test_a_phone_taken_off_the_card_gets_nothing(sms_log, anna):
	message = remind(anna)
	frappe.db.set_value("Patient", anna.name, "mobile", None)
	delivery.deliver(message.name)
	message.reload()
	assert (message.status, message.reason_code, sms_log()) == ("Suppressed", "NO_RECIPIENT", [])


def test_an_address_beside_a_patient_is_refused(site, anna):
	with pytest.raises(ValueError):
		remind(anna, channel="SMS", address="+79000000199")
