"""What a saved Booking means, whoever saves it: the desk's form, a calendar, an import."""

import frappe
import pytest

from lab_crm.booking.tests.support import book, fresh, moscow, move, person
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal


def by_desk(clinic, **fields):
	"""A booking as the desk's form inserts it."""
	doc = frappe.new_doc("Booking")
	doc.update(
		{
			"patient": clinic.make.patient().name,
			"branch": clinic.branch,
			"start": clock.from_aware(moscow(16, 9)),
			"channel": "Reception",
			"services": [{"service": clinic.visit}],
			**fields,
		}
	)
	return fresh(doc.insert(ignore_permissions=True))


def refused(code, function, *args, **kwargs):
	with pytest.raises(Refusal) as caught:
		function(*args, **kwargs)
	assert caught.value.code == code, caught.value.message
	return caught.value


def claims_of(doc, subject=None):
	filters = {"booking": doc.name, **({"subject": subject} if subject else {})}
	return frappe.db.count("Slot Claim", filters)


def test_the_form_takes_the_slot_and_fills_in_the_rest(clinic):
	clinic.make.price(clinic.visit, 1500)
	doc = by_desk(clinic)
	assert (doc.specialist, str(doc.end)[11:16], doc.total) == (clinic.doctor, "09:30", 1500)
	assert doc.patient_name == frappe.db.get_value("Patient", doc.patient, "full_name")
	assert claims_of(doc, clinic.doctor) == 6


def test_the_form_cannot_sell_a_slot_twice(clinic):
	by_desk(clinic)
	refused("SLOT_TAKEN", by_desk, clinic)


def test_nobody_works_at_night_except_with_a_reason(clinic):
	night = clock.from_aware(moscow(16, 3))
	refused("OFF_SCHEDULE", by_desk, clinic, start=night)
	refused("OVERRIDE_REASON_REQUIRED", by_desk, clinic, start=night, override_schedule=1)
	doc = by_desk(clinic, start=night, override_schedule=1, override_reason="Дежурный врач")
	assert claims_of(doc) == 6
	refused("SLOT_TAKEN", by_desk, clinic, start=night, override_schedule=1, override_reason="Дежурный врач")


def test_dragged_in_the_calendar_it_moves_with_its_claims(clinic):
	doc = by_desk(clinic)
	doc.start = clock.from_aware(moscow(16, 10))
	doc.save(ignore_permissions=True)
	assert str(doc.end)[11:16] == "10:30"
	assert claims_of(doc) == 6
	assert by_desk(clinic).specialist == clinic.doctor


def test_another_service_takes_another_length(clinic):
	doc = by_desk(clinic)
	doc.append("services", {"service": clinic.blood})
	doc.save(ignore_permissions=True)
	assert claims_of(doc, clinic.doctor) == 6
	assert claims_of(doc, clinic.chair) == 2
	assert len(doc.legs) == 2


def test_a_service_entered_twice_counts_once(clinic):
	doc = by_desk(clinic, services=[{"service": clinic.visit}, {"service": clinic.visit}])
	assert [(row.service, row.idx) for row in doc.services] == [(clinic.visit, 1)]


def test_a_comment_moves_nothing(clinic):
	doc = by_desk(clinic)
	before = frappe.get_all("Slot Claim", {"booking": doc.name}, ["name", "creation"])
	doc.comment = "Придёт с мамой"
	doc.save(ignore_permissions=True)
	assert frappe.get_all("Slot Claim", {"booking": doc.name}, ["name", "creation"]) == before


def test_a_no_show_frees_the_slot_and_who_comes_after_all_gets_it_back_if_it_is_free(clinic, frozen):
	doc = by_desk(clinic)
	frozen.move_to(moscow(16, 9, 20))
	doc = move(doc, "No Show")
	assert claims_of(doc) == 0
	doc = move(doc, "Booked")
	assert claims_of(doc) == 6
	doc = move(doc, "No Show")
	other = by_desk(clinic, start=clock.from_aware(moscow(16, 9, 15)))
	assert other.specialist == clinic.doctor
	refused("SLOT_TAKEN", move, doc, "Booked")


def test_a_cancellation_needs_a_reason_and_remembers_who_and_when(clinic):
	doc = by_desk(clinic)
	refused("CANCEL_REASON_REQUIRED", move, doc, "Cancelled")
	doc = move(doc, "Cancelled", cancel_reason="По просьбе")
	assert (doc.cancelled_by, doc.cancelled_at) == ("Clinic", clock.now())


def test_deleting_gives_the_slot_back(clinic):
	doc = by_desk(clinic)
	frappe.delete_doc("Booking", doc.name, force=True, ignore_permissions=True)
	assert claims_of(doc) == 0


def test_a_freed_doctor_is_not_given_to_two(clinic):
	"""The first booking is moved onto the second one's time, which is sold."""
	first = book(clinic)
	by_desk(clinic, start=clock.from_aware(moscow(16, 10)))
	first.start = clock.from_aware(moscow(16, 10))
	refused("SLOT_TAKEN", first.save, ignore_permissions=True)


def test_another_patient_renames_the_booking(clinic):
	doc = by_desk(clinic)
	doc.patient = book(clinic, start=moscow(16, 12), patient=person(last_name="Другова")).patient
	doc.save(ignore_permissions=True)
	assert doc.patient_name.startswith("Другова")
