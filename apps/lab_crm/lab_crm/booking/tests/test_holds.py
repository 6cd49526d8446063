"""Held bookings: how long, and what becomes of them."""

from datetime import timedelta

import frappe
import pytest

from lab_crm.booking import holds
from lab_crm.booking.tests.support import book, events_of, insert, messages_of, move, person
from lab_crm.utils import clock

pytestmark = pytest.mark.usefixtures("kept")


def held(clinic, **details):
	doc = move(book(clinic, **details), "Held")
	frappe.db.commit()
	return doc


def released(doc) -> str:
	"""The status of a booking after the scheduler's round; others of the site may be released too."""
	holds.release_expired()
	return frappe.db.get_value("Booking", doc.name, "status")


def test_a_hold_lasts_as_long_as_the_policy_says(clinic):
	insert("Booking Policy", policy_name="Тестовые правила", branch=clinic.branch, hold_minutes=40)
	doc = held(clinic)
	assert doc.hold_until == clock.now() + timedelta(minutes=40)
	assert move(doc, "Booked").hold_until is None


def test_a_hold_that_is_over_gives_its_slot_back_and_says_so_to_nobody(clinic, frozen):
	doc = held(clinic)
	frozen.shift(timedelta(minutes=14, seconds=59))
	assert released(doc) == "Held"
	frozen.shift(timedelta(seconds=1))
	assert released(doc) == "Cancelled"
	doc.reload()
	assert (doc.status, doc.cancelled_by) == ("Cancelled", "System")
	assert not frappe.db.count("Slot Claim", {"booking": doc.name})
	[event] = events_of(doc.name, "booking.cancelled")
	frappe.get_attr("lab_crm.booking.reactions.cancelled")(event)
	assert not messages_of(doc.name, "booking.cancelled")
	assert book(clinic, patient=person(mobile="+79000000102")).status == "Booked"


def test_what_was_paid_in_time_stays(clinic, frozen):
	doc = held(clinic)
	move(doc, "Booked")
	frozen.shift(timedelta(hours=1))
	assert released(doc) == "Booked"


def test_a_held_slot_is_nobody_elses(clinic):
	held(clinic)
	with pytest.raises(frappe.ValidationError) as caught:
		book(clinic, patient=person(mobile="+79000000102"))
	assert caught.value.code == "SLOT_TAKEN"
	assert len(caught.value.data["nearest"]) == 6
