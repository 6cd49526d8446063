"""What a policy would have done last month: on real bookings, in a few statements, writing nothing."""

import json
from datetime import timedelta

import frappe
import pytest

from lab_crm.booking import attendance, no_shows, preview, service
from lab_crm.booking.tests.support import (
	alter,
	book,
	counted_statements,
	insert,
	moscow,
	move,
	person,
)
from lab_crm.journey import events
from lab_crm.utils.errors import Refusal

pytestmark = pytest.mark.usefixtures("kept")


@pytest.fixture
def month(clinic, frozen):
	"""The usual patient has missed two visits, cancelled one late and come to one; it is now 20 January."""
	clinic.make.price(clinic.visit, 2000)
	insert("Booking Policy", policy_name=f"{clinic.branch} now", branch=clinic.branch, prepay_after=0)
	for hour in (9, 10):
		book(clinic, start=moscow(16, hour))
	frozen.move_to(moscow(16, 12))
	no_shows.mark_due()
	service.cancel(book(clinic, start=moscow(17, 9)).name)
	came = move(book(clinic, start=moscow(17, 10)), "Checked In")
	frozen.move_to(moscow(17, 10) + timedelta(minutes=40))
	events.emit("visit.checked_in", booking=came.name, patient=came.patient)
	other = book(clinic, start=moscow(18, 10), patient=person(mobile="+79000000102"))
	move(other, "Checked In")
	frozen.move_to(moscow(20, 12))
	return clinic


def told(clinic, **changes) -> dict:
	"""The outcome of the branch's rules with other values, by group."""
	values = {"doctype": "Booking Policy", "policy_name": "Новые", "branch": clinic.branch, "priority": 1}
	values |= {"prepay_after": 2, "prepay_percent": 50, "cancellation_hours": 24, "rebook_hours": 48}
	values |= {"no_show_grace_minutes": 30, "misses_months": 12, **changes}
	found = preview.last_month(json.dumps(values))
	return {**found, **{effect["key"]: effect for effect in found["effects"]}}


def numbers(effect: dict) -> tuple:
	return effect["count"], effect["patients"], effect["sum"]


def test_who_had_missed_twice_would_have_prepaid(month):
	found = told(month)
	assert (found["bookings"] >= 5, found["applies"]) == (True, 5)
	# Both bookings after the two no-shows; one was cancelled late, to the other the patient came.
	assert numbers(found["prepay"]) == (2, 1, 2000)
	assert numbers(found["prepay_missed"]) == (1, 1, 1000)
	assert numbers(found["prepay_came"]) == (1, 1, 1000)
	assert [row["misses"] for row in found["rows"]] == [3, 2]
	assert all("Тестова" in row["patient_name"] for row in found["rows"])


def test_the_rest_is_counted_too(month):
	found = told(month, reminders=[{"hours_before": 24, "event": "booking.reminder"}])
	assert numbers(found["late"]) == (1, 1, 2000)
	assert numbers(found["missed"]) == (2, 1, 4000)
	assert found["offers"]["count"] == 2
	assert numbers(found["arrived_later"]) == (1, 1, 2000)
	assert found["reminders"]["count"] == 0  # each was booked less than a day ahead
	assert told(month, no_show_grace_minutes=60)["arrived_later"]["count"] == 0


def test_reminders_are_those_whose_moment_comes_after_the_booking(month):
	steps = [{"hours_before": hours, "event": "booking.reminder"} for hours in (2, 24)]
	assert told(month, reminders=steps)["reminders"]["count"] == 4


def test_other_values_have_other_effects(month):
	assert told(month, prepay_after=3)["prepay"]["count"] == 1
	assert told(month, prepay_after=0)["prepay"]["count"] == 0
	assert numbers(told(month, prepay_after=0, prepay_always=1)["prepay"])[:2] == (5, 2)
	assert told(month, prepay_kind="Fixed", prepay_amount=300)["prepay"]["sum"] == 600
	assert told(month, cancellation_hours=2)["late"]["count"] == 0


def test_it_agrees_with_what_the_policy_then_does(month):
	"""The next booking is asked for exactly what the preview counts for the like of it."""
	alter("Booking Policy", f"{month.branch} now", prepay_after=3, prepay_percent=50)
	doc = book(month, start=moscow(21, 10))
	assert attendance.misses(doc.patient, 12, doc.name) == 3
	assert (doc.status, doc.prepayment) == ("Held", 1000)


def test_bookings_of_other_rules_are_left_out(month):
	alter("Booking Policy", f"{month.branch} now", priority=2)
	assert told(month)["applies"] == 0
	assert told(month, priority=3)["applies"] == 5
	alter("Booking Policy", f"{month.branch} now", priority=0)
	assert told(month, service_kind="Test")["applies"] == 0
	assert told(month, funding="OMS")["applies"] == 0


def test_only_the_last_30_days(month, frozen):
	frozen.move_to(moscow(16, 9) + timedelta(days=30, minutes=1))
	assert told(month)["applies"] == 4
	frozen.move_to(moscow(18, 10) + timedelta(days=31))
	assert told(month)["applies"] == 0


def test_it_reads_a_few_times_and_writes_nothing(month):
	told(month)  # what is cached is cached
	with counted_statements() as statements:
		told(month)
	few = len(statements)
	book(month, start=moscow(21, 10), patient=person(mobile="+79000000103"))
	with counted_statements() as statements:
		told(month)
	assert len(statements) == few <= 8, statements
	assert all(text.strip().lower().startswith("select") for text in statements), statements


def test_who_may_not_change_the_rules_sees_nothing(month, as_user):
	with as_user("Lab Receptionist"), pytest.raises(frappe.PermissionError):
		told(month)
	with as_user("Lab Administrator"):
		assert told(month)["applies"] == 5


@pytest.mark.parametrize("values", ["[]", "1", '"text"', "null"])
def test_what_is_no_policy_is_refused(site, values):
	with pytest.raises(Refusal):
		preview.last_month(values)
