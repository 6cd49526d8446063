"""Recalls on a site: who is planned, who is not, what is sent, and the booking from the link."""

from datetime import datetime, timedelta

import frappe
import pytest

from lab_crm.booking.tests.support import publish_forms
from lab_crm.privacy import consents
from lab_crm.recall import offer, reactions, scan, sending
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal


@pytest.fixture
def control(site, make):
	"""A patient whose test was done half a year ago, and the rule that calls for it."""
	publish_forms()
	blood = make.service(sample_type=make.sample_type().name)
	branch = make.branch(horizon_days=60)
	make.resource(branch.name)
	patient = make.patient()
	order = insert_order(patient, branch, blood, clock.now() - timedelta(days=181))
	rule = frappe.new_doc("Recall Rule")
	rule.update(
		{
			"rule_name": f"Контроль {blood.name}",
			"service": blood.name,
			"months": 6,
			"reason": "Врач рекомендовал контроль.",
		}
	)
	rule.insert()
	return frappe._dict(
		patient=patient.name, branch=branch.name, service=blood.name, rule=rule.name, order=order.name
	)


def insert_order(patient, branch, service, moment: datetime):
	"""Make a completed order of the past."""
	order = frappe.new_doc("Lab Order")
	order.update({"patient": patient.name, "branch": branch.name, "ordered_at": moment})
	order.append("items", {"service": service.name, "service_name": service.service_name})
	order.insert()
	values = {"status": "Ready", "ordered_at": moment, "completed_on": moment + timedelta(hours=6)}
	frappe.db.set_value("Lab Order", order.name, values)
	return order


def today():
	return clock.now().date()


def recalls(control) -> list:
	return frappe.get_all(
		"Recall", {"rule": control.rule}, ["name", "patient", "status", "due_on", "dismiss_reason"]
	)


def test_a_patient_who_is_due_is_planned_once(control):
	assert scan.plan(control.rule, today()) == 1
	assert scan.plan(control.rule, today()) == 0
	assert [row.patient for row in recalls(control)] == [control.patient]


def test_it_is_not_yet_time(control):
	assert scan.plan(control.rule, today() - timedelta(days=30)) == 0


def test_a_control_long_missed_is_left_alone(control):
	frappe.db.set_value("Recall Rule", control.rule, "max_late_days", 10)
	assert scan.plan(control.rule, today() + timedelta(days=30)) == 0


def test_who_has_been_again_is_not_called(control, make):
	patient = frappe.get_doc("Patient", control.patient)
	again = clock.now() - timedelta(days=20)
	insert_order(
		patient,
		frappe.get_doc("Lab Branch", control.branch),
		frappe.get_doc("Lab Service", control.service),
		again,
	)
	assert scan.plan(control.rule, today()) == 0


def test_the_dead_are_not_called(control):
	frappe.db.set_value("Patient", control.patient, "status", "Deceased")
	assert scan.plan(control.rule, today()) == 0


def test_with_the_consent_an_invitation_with_a_link_leaves(control):
	consents.give(control.patient, consents.SERVICE, "проба")
	scan.plan(control.rule, today())
	assert sending.send_planned(control.rule) == 1
	row = recalls(control)[0]
	assert row.status == "Sent"
	message = frappe.get_doc("Message", frappe.db.get_value("Recall", row.name, "message"))
	assert "/r/" in message.body and message.patient == control.patient
	assert sending.send_planned(control.rule) == 0


def test_without_the_consent_the_reason_is_seen(control):
	scan.plan(control.rule, today())
	assert sending.send_planned(control.rule) == 0
	row = recalls(control)[0]
	assert row.status == "Dismissed" and row.dismiss_reason


@pytest.mark.parametrize("spoil", [lambda token: token[:-2] + "xx", lambda token: "", lambda token: "a.b"])
def test_an_altered_link_opens_nothing(control, spoil):
	scan.plan(control.rule, today())
	token = sending.link(recalls(control)[0].name).rsplit("/", 1)[1]
	assert offer.by_token(token).patient == control.patient
	with pytest.raises(Refusal) as refused:
		offer.by_token(spoil(token))
	assert (refused.value.code, refused.value.http_status_code) == ("LINK_INVALID", 404)


def test_the_link_offers_times_in_the_patients_branch(control):
	scan.plan(control.rule, today())
	found = offer.of(frappe.get_doc("Recall", recalls(control)[0].name))
	assert found["branch"]["name"] == control.branch
	assert found["slots"] and [row["service"] for row in found["services"]] == [control.service]
	starts = [slot["start"] for slot in found["slots"]]
	assert starts == sorted(starts)


def test_any_booking_of_the_service_closes_the_recall(control):
	scan.plan(control.rule, today())
	name = recalls(control)[0].name
	booking = frappe.new_doc("Booking")
	booking.update({"patient": control.patient, "branch": control.branch})
	start = (clock.now() + timedelta(days=3)).replace(hour=10, minute=0, second=0, microsecond=0)
	booking.update({"start": start, "channel": "Phone"})
	booking.append("services", {"service": control.service})
	booking.insert()
	event = frappe._dict(booking=booking.name)
	reactions.booked(event)
	reactions.booked(event)
	assert frappe.db.get_value("Recall", name, ["status", "booking"]) == ("Booked", booking.name)


@pytest.mark.parametrize(
	("fields", "code"),
	[
		({"months": 0}, "BAD_MONTHS"),
		({"lead_days": -1}, "BAD_DAYS"),
		({"service": None}, "WHAT_IS_WATCHED"),
	],
)
def test_a_rule_that_cannot_work_is_refused(control, fields, code):
	rule = frappe.get_doc("Recall Rule", control.rule)
	rule.update(fields)
	with pytest.raises(Refusal) as refused:
		rule.save()
	assert refused.value.code == code


def test_a_marketer_runs_a_rule_and_a_nurse_does_not(control, as_user):
	with as_user("Lab Nurse"), pytest.raises(frappe.PermissionError):
		scan.run_now(control.rule)
