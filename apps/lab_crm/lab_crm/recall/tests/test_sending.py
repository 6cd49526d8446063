"""Invitations: sent by consent, once, not too many at a time; what stops them is seen."""

from datetime import timedelta

import frappe
import pytest

from lab_crm.privacy import consents
from lab_crm.recall import reactions, scan, sending
from lab_crm.recall.tests.support import TODAY, booking, order, planned, recalls, rule
from lab_crm.utils import clock


@pytest.fixture
def consenting(control):
	consents.give(control.patient, consents.SERVICE, "проба")
	return control


def test_with_the_consent_an_invitation_with_a_link_leaves_once(consenting):
	planned(consenting)
	assert sending.send_planned(consenting.rule) == 1
	assert sending.send_planned(consenting.rule) == 0
	[recall] = recalls(consenting)
	message = frappe.get_doc("Message", recall.message)
	assert (recall.status, recall.sent_on, recall.decision) == ("Sent", clock.now(), message.decision)
	assert "/r/" in message.body and message.patient == consenting.patient
	assert consenting.service not in message.body


def test_without_the_consent_nothing_leaves_and_the_reason_is_seen(control):
	planned(control)
	assert sending.send_planned(control.rule) == 0
	[recall] = recalls(control)
	message = frappe.get_doc("Message", recall.message)
	assert (message.status, message.reason_code) == ("Suppressed", "NO_CONSENT")
	assert recall.status == "Dismissed"
	assert recall.dismiss_reason == recall.decision == message.decision


def test_planned_again_after_the_consent_it_leaves(control):
	planned(control)
	sending.send_planned(control.rule)
	consents.give(control.patient, consents.SERVICE, "проба")
	[recall] = recalls(control)
	frappe.db.set_value("Recall", recall.name, "status", "Planned")
	assert sending.send_planned(control.rule) == 1


def test_a_channel_switched_off_only_holds_it_back(consenting):
	planned(consenting)
	frappe.db.set_value("Message Channel", "SMS", "is_enabled", 0)
	assert sending.send_planned(consenting.rule) == 0
	[recall] = recalls(consenting)
	assert (recall.status, bool(recall.decision)) == ("Planned", True)
	frappe.db.set_value("Message Channel", "SMS", "is_enabled", 1)
	assert sending.send_planned(consenting.rule) == 1


def test_a_rule_switched_off_sends_nothing_more(consenting):
	planned(consenting)
	frappe.db.set_value("Recall Rule", consenting.rule, "is_active", 0)
	assert sending.send_planned() == 0 or recalls(consenting)[0].status == "Planned"
	assert recalls(consenting)[0].status == "Planned"


def test_what_waited_too_long_is_dismissed(consenting, frozen):
	planned(consenting)
	frozen.move_to(clock.to_zone(clock.now(), "UTC") + timedelta(days=61))
	assert sending.send_planned(consenting.rule) == 0
	assert recalls(consenting)[0].status == "Dismissed"


def test_the_second_rules_invitation_waits(consenting, make, frozen):
	other = make.service().name
	order(consenting.patient, consenting.branch, other, clock.now() - timedelta(days=184))
	second = rule(service=other, gap_days=7)
	planned(consenting)
	scan.plan(second, TODAY)
	assert sending.send_planned(consenting.rule) == 1
	assert sending.send_planned(second) == 0
	frozen.move_to(clock.to_zone(clock.now(), "UTC") + timedelta(days=8))
	assert sending.send_planned(second) == 1


def test_many_go_batch_by_batch_and_each_once(control, make, monkeypatch):
	for _number in range(4):
		order(make.patient().name, control.branch, control.service, clock.now() - timedelta(days=184))
	scan.plan(control.rule, TODAY)
	for recall in recalls(control):
		consents.give(recall.patient, consents.SERVICE, "проба")
	monkeypatch.setattr(sending, "BATCH", 2)
	jobs: list[dict] = []
	monkeypatch.setattr(sending.frappe, "enqueue", lambda _method, **details: jobs.append(details))
	sent = [sending.send_planned(control.rule)]
	while batches := [job for job in jobs if "after" in job]:
		jobs.clear()
		sent.append(sending.send_planned(control.rule, batches[0]["after"]))
	assert sent == [2, 2, 1]
	assert {recall.status for recall in recalls(control)} == {"Sent"}


def test_a_fault_of_one_does_not_silence_the_others(consenting, make, monkeypatch):
	other = make.patient().name
	consents.give(other, consents.SERVICE, "проба")
	order(other, consenting.branch, consenting.service, clock.now() - timedelta(days=184))
	scan.plan(consenting.rule, TODAY)
	frappe.db.commit()
	queue = sending.outbox.queue

	def sometimes(event, **details):
		if details["patient"] == other:
			raise RuntimeError("broken")
		return queue(event, **details)

	monkeypatch.setattr(sending.outbox, "queue", sometimes)
	assert sending.send_planned(consenting.rule) == 1
	assert {doc.patient: doc.status for doc in recalls(consenting)}[other] == "Planned"


def happened(**details):
	return frappe._dict(details)


def test_any_booking_of_the_service_closes_the_recall(control):
	recall = planned(control)
	made = booking(control, 3)
	for _time in range(2):
		reactions.booked(happened(booking=made))
	recall.reload()
	assert (recall.status, recall.booking) == ("Booked", made)


def test_a_booking_of_something_else_leaves_it_open(control, make):
	recall = planned(control)
	reactions.booked(happened(booking=booking(control, 3, service=make.service().name)))
	recall.reload()
	assert recall.status == "Planned"


def test_somebody_elses_booking_leaves_it_open(control, make):
	recall = planned(control)
	made = booking(control, 3)
	frappe.db.set_value("Booking", made, "patient", make.patient().name)
	reactions.booked(happened(booking=made))
	recall.reload()
	assert recall.status == "Planned"


def test_a_cancelled_booking_opens_it_again(control):
	recall = planned(control)
	made = booking(control, 3)
	reactions.booked(happened(booking=made))
	for _time in range(2):
		reactions.cancelled(happened(booking=made))
	recall.reload()
	assert (recall.status, recall.booking) == ("Planned", None)


def test_who_comes_without_a_booking_is_not_invited_any_more(control):
	recall = planned(control)
	came = order(control.patient, control.branch, control.service, clock.now())
	reactions.ordered(happened(lab_order=came))
	recall.reload()
	assert recall.status == "Dismissed" and recall.dismiss_reason


@pytest.mark.parametrize("event", ["message.failed", "message.suppressed"])
def test_a_message_that_did_not_arrive_is_seen(consenting, event):
	planned(consenting)
	sending.send_planned(consenting.rule)
	[recall] = recalls(consenting)
	reactions.undelivered(happened(event=event, message=recall.message))
	recall.reload()
	assert recall.status == "Dismissed" and recall.dismiss_reason
