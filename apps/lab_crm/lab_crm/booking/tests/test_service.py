"""Bookings made, moved and cancelled for a patient."""

from datetime import timedelta

import frappe
import pytest

from lab_crm.booking import service
from lab_crm.booking.tests.support import alter, insert, moscow, person
from lab_crm.privacy import consents
from lab_crm.utils import tokens
from lab_crm.utils.errors import Refusal

GIVEN = [consents.PERSONAL, consents.MEDICAL, consents.SERVICE]
NINE = moscow(16, 9)


def book(clinic, services=None, start=NINE, **details):
	asked = {"patient": person(), "consents": GIVEN, **details}
	return service.create(clinic.branch, services or [clinic.visit], start, **asked)


def refused(code, function, *args, **kwargs):
	with pytest.raises(Refusal) as caught:
		function(*args, **kwargs)
	assert caught.value.code == code, caught.value.message
	assert caught.value.message
	return caught.value


def claims_of(doc):
	return frappe.db.count("Slot Claim", {"booking": doc.name})


def events_of(doc):
	# Unordered: the clock of these tests stands still, so all events are of one moment.
	return sorted(frappe.get_all("Journey Event", {"booking": doc.name}, pluck="event"))


class TestCreate:
	def test_the_booking_says_who_when_where_what_and_for_how_much(self, clinic):
		clinic.make.price(clinic.visit, 1500)
		clinic.make.price(clinic.blood, 350.50)
		doc = book(clinic, [clinic.visit, clinic.blood], source={"channel": "Maps", "utm_source": "2gis"})
		doc.reload()
		assert doc.name.startswith("BKG-")
		assert (doc.status, doc.patient_name, doc.total) == ("Booked", "Тестова Анна", 1850.5)
		assert (str(doc.start), str(doc.end)) == ("2027-01-16 09:00:00", "2027-01-16 09:40:00")
		assert (doc.specialist, doc.resource) == (clinic.doctor, clinic.chair)
		assert [(leg.kind, str(leg.start)[11:16]) for leg in doc.legs] == [
			("Collection", "09:00"), ("Consultation", "09:10"),
		]  # fmt: skip
		assert (doc.channel, doc.utm_source) == ("Maps", "2gis")
		assert claims_of(doc) == 2 + 6
		assert events_of(doc) == ["booking.created"]
		assert consents.states(doc.patient)[0] == set(GIVEN)

	def test_a_service_without_a_price_costs_nothing_yet(self, clinic):
		assert book(clinic).total == 0

	def test_the_price_of_the_day_of_the_visit_counts(self, clinic):
		clinic.make.price(clinic.visit, 1000)
		clinic.make.price(clinic.visit, 1200, valid_from="2027-01-16")
		assert book(clinic).total == 1200

	def test_a_known_patient_is_found_again(self, clinic):
		assert book(clinic).patient == book(clinic, start=moscow(16, 11)).patient

	def test_the_same_key_gives_the_same_booking(self, clinic):
		first = book(clinic, idempotency_key="k-1")
		assert book(clinic, idempotency_key="k-1").name == first.name
		assert frappe.db.count("Booking", {"branch": clinic.branch}) == 1

	def test_the_same_key_with_another_request_is_refused(self, clinic):
		book(clinic, idempotency_key="k-1")
		refused(
			"IDEMPOTENCY_KEY_REUSED",
			book,
			clinic,
			idempotency_key="k-1",
			patient=person(mobile="+79000000102"),
		)

	def test_a_chair_for_two_takes_two(self, clinic):
		book(clinic, [clinic.blood])
		second = book(clinic, [clinic.blood], patient=person(mobile="+79000000102"))
		assert second.legs[0].resource_seat == 1

	@pytest.mark.parametrize(
		"change, code, field",
		[
			({"start": moscow(15, 11, 50)}, "START_IN_PAST", "start"),
			({"start": moscow(15, 12, 50)}, "START_TOO_SOON", "start"),
			({"start": moscow(16, 9, 5)}, "START_OFF_GRID", "start"),
			({"start": moscow(16, 9, 0) + timedelta(seconds=1)}, "START_OFF_GRID", "start"),
			({"start": moscow(15, 9) + timedelta(days=31)}, "START_BEYOND_HORIZON", "start"),
			({"patient": person(mobile="12")}, "PHONE_INVALID", "mobile"),
			({"patient": person(birth_date="2027-01-16")}, "BIRTH_DATE_INVALID", "birth_date"),
			({"patient": person(last_name="")}, "NAME_REQUIRED", "last_name"),
			({"consents": [consents.SERVICE]}, "CONSENT_REQUIRED", "consents"),
			({"consents": [*GIVEN, "Everything"]}, "PURPOSE_UNKNOWN", "consents"),
			({"services": ["NOTHING"]}, "SERVICE_UNKNOWN", "services"),
			({"specialist": "SPC-NOBODY"}, "SPECIALIST_UNKNOWN", "specialist"),
		],
	)
	def test_bad_input_is_refused_and_nothing_is_written(self, clinic, change, code, field):
		patients = frappe.db.count("Patient")
		error = refused(code, book, clinic, **change)
		assert error.field == field
		assert not frappe.db.count("Booking", {"branch": clinic.branch})
		assert not frappe.db.count("Slot Claim", {"subject": clinic.doctor})
		assert frappe.db.count("Patient") == patients

	def test_a_service_for_women_is_not_for_men(self, clinic):
		alter("Lab Service", clinic.visit, sex="Female")
		refused("SERVICE_NOT_SUITABLE", book, clinic, patient=person(sex="Male", first_name="Антон"))
		assert book(clinic)

	def test_a_known_patient_needs_no_consent_twice(self, clinic):
		first = book(clinic)
		second = book(clinic, start=moscow(16, 12), patient=first.patient, consents=[])
		assert second.patient == first.patient
		stranger = clinic.make.patient().name
		refused("CONSENT_REQUIRED", book, clinic, start=moscow(16, 14), patient=stranger, consents=[])

	def test_staff_book_at_once_and_between_the_steps(self, clinic):
		doc = book(clinic, start=moscow(15, 12, 5), online=False, source={"channel": "Reception"})
		assert str(doc.start) == "2027-01-15 12:05:00"


class TestTokens:
	def test_the_link_opens_its_booking_and_nothing_else(self, clinic):
		doc = book(clinic)
		token = service.manage_token(doc)
		assert service.by_token(token) == doc.name
		for wrong in (
			"",
			"x",
			token[:-2] + "AA",
			tokens.issue("recall", doc.name, 1),
			tokens.issue("booking", "BKG-0", 1),
		):
			refused("LINK_INVALID", service.by_token, wrong)

	def test_the_link_lives_until_a_month_after_the_visit(self, clinic, frozen):
		token = service.manage_token(book(clinic))
		frozen.shift(timedelta(days=30))
		assert service.by_token(token)
		frozen.shift(timedelta(days=3))
		refused("LINK_INVALID", service.by_token, token)


class TestMoveAndCancel:
	def test_a_move_gives_the_old_time_back(self, clinic):
		doc = service.reschedule(book(clinic).name, moscow(18, 10))
		assert (str(doc.start), str(doc.end), doc.specialist) == (
			"2027-01-18 10:00:00", "2027-01-18 10:30:00", clinic.doctor,
		)  # fmt: skip
		assert claims_of(doc) == 6
		assert events_of(doc) == ["booking.created", "booking.rescheduled"]
		assert book(clinic, patient=person(mobile="+79000000102")).start != doc.start

	def test_a_move_onto_half_of_itself_is_possible(self, clinic):
		doc = service.reschedule(book(clinic).name, moscow(16, 9, 10))
		assert str(doc.start) == "2027-01-16 09:10:00"

	def test_a_move_to_where_it_is_changes_nothing(self, clinic):
		doc = book(clinic)
		assert events_of(service.reschedule(doc.name, NINE)) == ["booking.created"]

	def test_a_cancelled_time_is_free_again(self, clinic):
		doc = service.cancel(book(clinic).name, "Заболел")
		assert (doc.status, doc.cancelled_by, doc.cancel_reason) == ("Cancelled", "Patient", "Заболел")
		assert claims_of(doc) == 0
		assert events_of(doc) == ["booking.cancelled", "booking.created"]
		assert book(clinic, patient=person(mobile="+79000000102")).start == doc.start

	def test_cancelling_twice_is_cancelling_once(self, clinic):
		name = book(clinic).name
		first, second = service.cancel(name), service.cancel(name, "ещё раз")
		assert first.cancel_reason == second.cancel_reason
		assert events_of(second).count("booking.cancelled") == 1

	def test_what_was_cancelled_or_has_begun_cannot_be_changed(self, clinic, frozen):
		doc = service.cancel(book(clinic).name)
		refused("NOT_CHANGEABLE", service.reschedule, doc.name, moscow(18, 10))
		doc = book(clinic)
		frozen.move_to(NINE)
		refused("NOT_CHANGEABLE", service.cancel, doc.name)

	def test_the_policy_says_until_when_the_patient_may_change(self, clinic, frozen):
		insert(
			"Booking Policy", policy_name="Тестовые правила", branch=clinic.branch, patient_change_hours=24
		)
		doc = book(clinic, start=moscow(18, 10))
		frozen.move_to(moscow(17, 9, 59))
		service.reschedule(doc.name, moscow(18, 11))
		frozen.move_to(moscow(17, 11, 1))
		refused("TOO_LATE_TO_CHANGE", service.cancel, doc.name)

	def test_what_staff_booked_can_be_moved_by_its_link(self, clinic):
		doc = book(clinic, online=False)
		alter("Lab Service", clinic.visit, is_bookable_online=0)
		assert service.reschedule(doc.name, moscow(18, 10)).start.day == 18
