"""A withdrawal acts at once, also on what is already queued."""

from datetime import timedelta

import frappe
import pytest

from lab_crm.messaging import outbox, reactions
from lab_crm.privacy import consents
from lab_crm.utils import clock


@pytest.fixture
def anna(make):
	"""A patient who agreed to service messages and has a phone only."""
	patient = make.patient()
	consents.give(patient.name, consents.SERVICE, "подпись")
	return patient


def remind(patient, send_after, time: str = "08:30"):
	values = {"date": "24 ноября", "time": time, "address": "Примерная ул., 15"}
	return outbox.queue(
		"booking.reminder", patient.name, values, patient, occasion=time, send_after=send_after
	)


def test_a_withdrawal_is_seen_at_once_on_all_that_waits(anna):
	night = clock.now() + timedelta(days=1)
	waiting, code = remind(anna, night), sign_in_code(anna.mobile)
	in_flight = remind(anna, night, "10:00")
	in_flight.db_set("in_flight", 1)
	consents.withdraw(anna.name, consents.SERVICE, "телефон")
	(event,) = frappe.get_all(
		"Journey Event", {"patient": anna.name, "event": "consent.withdrawn"}, pluck="name"
	)
	for _twice in range(2):
		reactions.withdrawn(frappe.get_doc("Journey Event", event))
	for message in (waiting, code, in_flight):
		message.reload()
	assert (waiting.status, waiting.reason_code) == ("Suppressed", "CONSENT_WITHDRAWN")
	assert (code.status, in_flight.status) == ("Queued", "Queued")
	told = frappe.get_all("Journey Event", {"message": waiting.name}, pluck="event")
	assert told == ["message.suppressed"]


def sign_in_code(mobile):
	values = {"code": "493821", "minutes": 5}
	return outbox.queue("portal.code", context=values, channel="SMS", address=mobile, occasion=mobile)


def test_another_withdrawal_leaves_service_messages_alone(anna):
	consents.give(anna.name, consents.MARKETING, "подпись")
	message = remind(anna, clock.now() + timedelta(days=1))
	consents.withdraw(anna.name, consents.MARKETING, "телефон")
	reactions.withdrawn(frappe._dict(patient=anna.name))
	message.reload()
	assert message.status == "Queued"
