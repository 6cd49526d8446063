"""What the patient is told when a booking is made, moved or cancelled."""

import json
from datetime import timedelta

import frappe
from icalendar import Calendar

from lab_crm.booking import reactions, service
from lab_crm.booking.tests.support import alter, book, events_of, messages_of, moscow, move, person
from lab_crm.privacy import consents

NBSP = "\N{NO-BREAK SPACE}"
BOTH = person(email="anna@example.invalid")


def react(function, doc, event: str):
	[found] = events_of(doc.name, event)
	function(found)
	return messages_of(doc.name, event)


def test_a_new_booking_is_confirmed_by_text_and_by_letter_with_the_calendar_file(clinic):
	doc = book(clinic, patient=BOTH)
	letter, text = react(reactions.created, doc, "booking.created")
	assert (letter.channel, text.channel) == ("Email", "SMS")
	assert (letter.recipient, text.recipient) == ("anna@example.invalid", "+79000000101")
	assert f"16{NBSP}января" in text.body and "09:00" in text.body and "/b/" in text.body
	assert "Возьмите паспорт и направление врача, если оно есть." in text.body
	[file] = json.loads(letter.attachments)
	visit = Calendar.from_ical(file["content"]).walk("VEVENT")[0]
	assert visit["dtstart"].dt == moscow(16, 9)
	assert frappe.db.get_value("Lab Service", clinic.visit, "service_name") not in file["content"]


def test_delivered_twice_it_is_said_once(clinic):
	doc = book(clinic)
	react(reactions.created, doc, "booking.created")
	assert len(react(reactions.created, doc, "booking.created")) == 1


def test_whoever_prefers_a_channel_gets_that_one_only(clinic):
	doc = book(clinic, patient=BOTH)
	alter("Patient", doc.patient, preferred_channel="SMS")
	[message] = react(reactions.created, doc, "booking.created")
	assert message.channel == "SMS"


def test_the_link_in_the_text_manages_the_booking(clinic):
	doc = book(clinic)
	[message] = react(reactions.created, doc, "booking.created")
	token = message.body.split("/b/")[1].split()[0]
	assert service.by_token(token) == doc.name


def test_without_consent_nothing_goes_and_the_reason_is_kept(clinic):
	doc = book(clinic)
	consents.withdraw(doc.patient, consents.SERVICE, "письмо")
	[message] = react(reactions.created, doc, "booking.created")
	assert (message.status, message.reason_code) == ("Suppressed", "CONSENT_WITHDRAWN")


def test_what_was_cancelled_before_the_worker_came_is_not_confirmed(clinic):
	doc = book(clinic)
	service.cancel(doc.name)
	assert not react(reactions.created, doc, "booking.created")


def test_a_move_says_the_new_time_once_for_each_move(clinic):
	doc = book(clinic)
	service.reschedule(doc.name, moscow(18, 10))
	[message] = react(reactions.rescheduled, doc, "booking.rescheduled")
	assert f"18{NBSP}января" in message.body and "10:00" in message.body
	service.reschedule(doc.name, moscow(18, 11))
	for event in events_of(doc.name, "booking.rescheduled"):
		reactions.rescheduled(event)
	assert len(messages_of(doc.name, "booking.rescheduled")) == 2


def test_a_cancellation_is_confirmed_with_the_way_back(clinic):
	doc = service.cancel(book(clinic).name, "Заболела")
	[message] = react(reactions.cancelled, doc, "booking.cancelled")
	assert "отменена" in message.body and f"/book?branch={clinic.branch}" in message.body


def test_a_cancellation_after_the_visit_is_no_news(clinic, frozen):
	doc = book(clinic)
	frozen.move_to(moscow(16, 9) + timedelta(minutes=1))
	move(doc, "Cancelled", cancel_reason="Проверка")
	assert not react(reactions.cancelled, doc, "booking.cancelled")


def test_a_hold_is_confirmed_when_it_becomes_a_booking_and_the_patients_own_word_is_not(clinic):
	doc = book(clinic)
	move(doc, "Confirmed")
	[event] = events_of(doc.name, "booking.confirmed")
	reactions.confirmed(event)
	assert not messages_of(doc.name, "booking.created")
	held = book(clinic, start=moscow(16, 11), patient=person(mobile="+79000000102"))
	move(held, "Held")
	move(held, "Booked")
	[event] = events_of(held.name, "booking.confirmed")
	reactions.confirmed(event)
	assert len(messages_of(held.name, "booking.created")) == 1
