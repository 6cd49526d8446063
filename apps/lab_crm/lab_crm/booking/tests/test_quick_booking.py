"""The quick booking screen's questions to the server."""

import json

import frappe
import pytest

from lab_crm.booking.page.quick_booking import quick_booking
from lab_crm.booking.tests.support import GIVEN, book, insert, person
from lab_crm.privacy import consents
from lab_crm.utils.errors import Refusal

KEY = "k" * 20
PHONE = "+79000000101"
pytestmark = pytest.mark.usefixtures("kept")


def request(clinic, **changes) -> dict:
	given = {
		"branch": clinic.branch,
		"services": json.dumps([clinic.visit]),
		"start": "2027-01-16T09:00:00+03:00",
		"patient": json.dumps(person()),
		"consents": json.dumps(GIVEN),
		"request_key": KEY,
		"channel": "Reception",
	}
	return {**given, **changes}


def test_twins_of_one_phone_are_both_found_with_their_consents(clinic, make, as_user):
	for name in ("Анна", "Вера"):
		make.patient(first_name=name, mobile=PHONE)
	known = frappe.db.get_value("Patient", {"mobile": PHONE, "first_name": "Вера"})
	consents.give(known, consents.PERSONAL, "подпись")
	with as_user("Lab Operator"):
		found = quick_booking.find_patients("8 (900) 000-01-01")
	assert found["mobile"] == PHONE
	assert [one["full_name"].split()[1] for one in found["patients"]] == ["Анна", "Вера"]
	assert [one["consents"] for one in found["patients"]] == [[], [consents.PERSONAL]]


def test_a_part_of_a_phone_finds_nobody(clinic, make):
	make.patient(mobile=PHONE)
	assert quick_booking.find_patients("900000") == {"mobile": None, "patients": []}


def test_services_are_found_as_they_are_typed(clinic):
	frappe.db.set_value("Lab Service", clinic.blood, "is_bookable_online", 0)
	found = quick_booking.find_services(clinic.branch, clinic.blood.lower())
	assert [row["name"] for row in found] == [clinic.blood]


def test_a_time_clicked_on_the_board_is_his_whose_column_it_was(clinic, make):
	other = make.specialist(clinic.branch, services=[{"kind": "Consultation"}]).name
	asked = (clinic.branch, json.dumps([clinic.visit]), "2027-01-16")
	assert {slot["specialist"] for slot in quick_booking.find_slots(*asked, specialist=other)} == {other}
	made = quick_booking.book(**request(clinic, specialist=other, funding="OMS"))
	doc = frappe.get_doc("Booking", made["booking"])
	assert (doc.specialist, doc.funding) == (other, "OMS")


def test_a_chosen_room_is_the_one_that_is_booked(clinic, make):
	other = make.resource(clinic.branch).name
	services = json.dumps([clinic.blood])
	found = quick_booking.find_slots(clinic.branch, services, "2027-01-16", resource=other)
	made = quick_booking.book(**request(clinic, services=services, start=found[0]["start"], resource=other))
	assert [leg.resource for leg in frappe.get_doc("Booking", made["booking"]).legs] == [other]


def test_an_unknown_payer_is_refused(clinic):
	with pytest.raises(Refusal) as caught:
		quick_booking.find_slots(clinic.branch, json.dumps([clinic.visit]), funding="Rich Uncle")
	assert caught.value.code == "FUNDING_UNKNOWN"


def test_free_times_leave_out_what_is_sold(clinic):
	book(clinic)
	slots = quick_booking.find_slots(clinic.branch, json.dumps([clinic.visit]), "2027-01-16")
	starts = [slot["start"] for slot in slots]
	assert starts[0] == "2027-01-16T08:00:00+03:00"
	assert "2027-01-16T09:00:00+03:00" not in starts
	assert slots[0]["specialist"] == clinic.doctor


def test_a_new_patient_is_booked_with_the_consents(clinic, as_user):
	with as_user("Lab Receptionist"):
		made = quick_booking.book(**request(clinic, specialist=clinic.doctor))
	doc = frappe.get_doc("Booking", made["booking"])
	assert (doc.status, doc.channel, doc.specialist) == ("Booked", "Reception", clinic.doctor)
	assert consents.states(doc.patient)[0] == set(GIVEN)
	assert made["start"] == "2027-01-16T09:00:00+03:00"


def test_the_same_key_makes_one_booking(clinic):
	first, second = (quick_booking.book(**request(clinic)) for _time in range(2))
	assert first == second
	assert frappe.db.count("Booking", {"branch": clinic.branch}) == 1


def test_without_the_required_consent_nothing_is_booked(clinic):
	with pytest.raises(Refusal) as refused:
		quick_booking.book(**request(clinic, consents="[]"))
	assert refused.value.code == "CONSENT_REQUIRED"


@pytest.mark.parametrize(
	("changes", "code"),
	[({"request_key": "short"}, "BAD_KEY"), ({"start": "2027-01-16T09:00:00"}, "DATE_INVALID")],
)
def test_a_bad_request_is_refused(clinic, changes, code):
	with pytest.raises(Refusal) as refused:
		quick_booking.book(**request(clinic, **changes))
	assert refused.value.code == code


def test_the_consents_asked_for_are_those_the_laboratory_has(clinic):
	asked = {one["purpose"]: one for one in quick_booking.get_start()["consents"]}
	assert asked[consents.PERSONAL]["is_required"]
	assert asked[consents.PERSONAL]["text"]
	assert not asked[consents.SERVICE]["is_required"]


def test_a_branch_bound_user_books_in_his_branch_only(clinic, make, as_user):
	other = make.branch().name
	user = "lab.operator@lab-crm.invalid"
	insert("User Permission", user=user, allow="Lab Branch", for_value=other)
	frappe.clear_cache(user=user)
	with as_user("Lab Operator"):
		assert [row.name for row in quick_booking.get_start()["branches"]] == [other]
		with pytest.raises(frappe.PermissionError):
			quick_booking.find_slots(clinic.branch, json.dumps([clinic.visit]))
		with pytest.raises(frappe.PermissionError):
			quick_booking.book(**request(clinic))
	frappe.clear_cache(user=user)
