"""Attendance: late cancellations, no-shows, prepayment after several of them, another time offered."""

from datetime import timedelta

import frappe
import pytest

from lab_crm.booking import attendance, holds, no_shows, reactions, service, view
from lab_crm.booking.tests.support import (
	alter,
	book,
	events_of,
	fresh,
	insert,
	messages_of,
	moscow,
	move,
	person,
)
from lab_crm.privacy import consents
from lab_crm.utils.errors import Refusal

pytestmark = pytest.mark.usefixtures("kept")
NINE = moscow(16, 9)


@pytest.fixture
def strict(clinic):
	"""A clinic that asks for half of the price after two misses."""
	clinic.make.price(clinic.visit, 2000)
	insert(
		"Booking Policy",
		policy_name="Строгие правила",
		branch=clinic.branch,
		prepay_after=2,
		prepay_percent=50,
	)
	return clinic


def refused(code, function, *args, **kwargs):
	with pytest.raises(Refusal) as caught:
		function(*args, **kwargs)
	assert caught.value.code == code, caught.value.message
	return caught.value


def miss(clinic, frozen, count: int = 2):
	"""The usual patient does not come so many times; the clock ends on Sunday, 12:00."""
	for number in range(count):
		frozen.move_to(moscow(15, 12))
		doc = book(clinic, start=moscow(16, 9 + number))
		frozen.move_to(moscow(16, 12))
		move(doc, "No Show")
	frozen.move_to(moscow(17, 12))
	frappe.db.commit()
	return doc.patient


def again(clinic, **details):
	"""The usual patient books for Monday."""
	return book(clinic, start=moscow(18, 10), **details)


class TestLateCancellation:
	@pytest.mark.parametrize("hours, late", [(24, 0), (23.9, 1), (1, 1)])
	def test_nearer_than_the_window_it_is_late(self, clinic, frozen, hours, late):
		doc = book(clinic, start=moscow(18, 10))
		frozen.move_to(moscow(18, 10) - timedelta(hours=hours))
		service.cancel(doc.name)
		assert fresh(doc).is_late_cancel == late

	def test_the_policy_sets_the_window(self, clinic, frozen):
		insert("Booking Policy", policy_name="Тестовые правила", branch=clinic.branch, cancellation_hours=2)
		doc = book(clinic)
		frozen.move_to(NINE - timedelta(hours=3))
		service.cancel(doc.name)
		assert fresh(doc).is_late_cancel == 0

	def test_what_the_clinic_cancels_is_not_the_patients_fault(self, clinic):
		doc = move(book(clinic, start=moscow(15, 14)), "Cancelled", cancel_reason="Врач заболел")
		assert (doc.cancelled_by, doc.is_late_cancel) == ("Clinic", 0)

	def test_a_hold_given_back_is_not_late(self, clinic):
		held = move(book(clinic, start=moscow(15, 14)), "Held")
		service.cancel(held.name)
		assert fresh(held).is_late_cancel == 0


class TestMisses:
	def test_no_shows_and_late_cancellations_of_the_last_months_count(self, clinic, frozen):
		patient = miss(clinic, frozen, 1)
		late = book(clinic, start=moscow(17, 15))
		service.cancel(late.name)
		assert attendance.misses(patient, 12) == 2
		assert attendance.misses(patient, 12, without=late.name) == 1
		frozen.move_to(moscow(17, 12) + timedelta(days=366))
		assert attendance.misses(patient, 12) == 0
		assert attendance.misses(clinic.make.patient().name, 12) == 0


class TestPrepayment:
	def test_without_a_policy_nobody_prepays(self, clinic, frozen):
		miss(clinic, frozen)
		assert again(clinic).status == "Booked"

	def test_one_miss_is_forgiven_and_two_are_not(self, strict, frozen):
		miss(strict, frozen, 1)
		assert again(strict).status == "Booked"
		service.cancel(frappe.get_last_doc("Booking", {"branch": strict.branch, "status": "Booked"}).name)
		doc = book(strict, start=moscow(18, 12))
		assert (doc.status, doc.prepayment, view.of(doc)["prepayment"]) == ("Held", 1000, 1000)

	def test_it_is_held_and_the_patient_is_told_what_to_pay(self, strict, frozen):
		miss(strict, frozen)
		doc = again(strict)
		assert doc.status == "Held"
		assert doc.hold_until - timedelta(minutes=15) == frappe.utils.get_datetime("2027-01-17 12:00:00")
		[event] = events_of(doc.name, "booking.created")
		reactions.created(event)
		assert not messages_of(doc.name, "booking.created")
		[message] = messages_of(doc.name, "booking.prepayment")
		assert "15 минут" in message.body.replace("\N{NO-BREAK SPACE}", " ")
		assert "000,00" in message.body.replace("\N{NO-BREAK SPACE}", " ")

	def test_paid_in_full_it_is_booked(self, strict, frozen):
		miss(strict, frozen)
		doc = again(strict)
		assert attendance.record_payment(doc.name, 999.99).status == "Held"
		assert attendance.record_payment(doc.name, 0.01).status == "Booked"
		assert len(events_of(doc.name, "booking.confirmed")) == 1

	def test_unpaid_it_is_released_with_a_notice(self, strict, frozen):
		miss(strict, frozen)
		doc = again(strict)
		frozen.shift(timedelta(minutes=15))
		holds.release_expired()
		assert fresh(doc).status == "Cancelled"
		[event] = events_of(doc.name, "booking.cancelled")
		reactions.cancelled(event)
		assert len(messages_of(doc.name, "booking.released")) == 1
		assert not messages_of(doc.name, "booking.cancelled")

	def test_nobody_books_it_unpaid(self, strict, frozen):
		miss(strict, frozen)
		error = refused("PREPAYMENT_REQUIRED", move, again(strict), "Booked")
		assert error.data == {"prepayment": 1000}

	def test_a_free_visit_needs_no_prepayment(self, strict, frozen):
		miss(strict, frozen)
		assert book(strict, [strict.blood], start=moscow(18, 10)).status == "Booked"

	def test_another_patient_is_not_to_blame(self, strict, frozen):
		miss(strict, frozen)
		assert again(strict, patient=person(mobile="+79000000102")).status == "Booked"

	def test_the_role_of_the_policy_may_waive_it_with_a_reason_that_is_kept(self, strict, frozen, as_user):
		miss(strict, frozen)
		doc = again(strict)
		doc.waiver_reason = "Пациент лежал в больнице"
		with as_user("Lab Receptionist"):
			refused("WAIVER_NOT_ALLOWED", doc.save)
		doc = fresh(doc)
		doc.waiver_reason = "Пациент лежал в больнице"
		with as_user("Lab Administrator") as user:
			doc.save()
		assert fresh(doc).status == "Booked"
		[event] = events_of(doc.name, "booking.prepayment_waived")
		assert (event.details["by"], event.details["reason"]) == (user, doc.waiver_reason)

	def test_the_desks_form_holds_it_too(self, strict, frozen, as_user):
		patient = miss(strict, frozen)
		with as_user("Lab Receptionist"):
			doc = frappe.new_doc("Booking")
			doc.update({"patient": patient, "branch": strict.branch, "start": "2027-01-18 10:00:00"})
			doc.update({"channel": "Phone", "services": [{"service": strict.visit}]})
			doc.insert()
		assert (doc.status, doc.prepayment) == ("Held", 1000)


class TestNoShow:
	def test_marked_when_the_grace_is_over(self, clinic, frozen):
		doc = book(clinic)
		for minutes, status in ((29, "Booked"), (30, "No Show"), (31, "No Show")):
			frozen.move_to(NINE + timedelta(minutes=minutes))
			no_shows.mark_due()
			assert fresh(doc).status == status
		assert len(events_of(doc.name, "booking.no_show")) == 1
		assert not frappe.db.count("Slot Claim", {"booking": doc.name})

	def test_the_policy_sets_the_grace_and_0_leaves_it_to_people(self, clinic, frozen):
		rules = insert(
			"Booking Policy", policy_name="Тестовые правила", branch=clinic.branch, no_show_grace_minutes=10
		)
		early, late = book(clinic), book(clinic, start=moscow(16, 11))
		frozen.move_to(NINE + timedelta(minutes=10))
		no_shows.mark_due()
		assert [fresh(one).status for one in (early, late)] == ["No Show", "Booked"]
		alter("Booking Policy", rules.name, no_show_grace_minutes=0)
		frozen.move_to(moscow(16, 20))
		no_shows.mark_due()
		assert fresh(late).status == "Booked"

	@pytest.mark.parametrize("status", ["Checked In", "Cancelled", "Held"])
	def test_who_has_come_or_was_not_expected_is_left(self, clinic, frozen, status):
		doc = move(book(clinic), status, cancel_reason="Проверка")
		frozen.move_to(moscow(16, 20))
		no_shows.mark_due()
		assert fresh(doc).status == status

	def test_a_fault_of_one_does_not_stop_the_others(self, clinic, frozen, monkeypatch):
		bad, good = book(clinic), book(clinic, start=moscow(16, 10), patient=person(mobile="+79000000102"))
		frappe.db.commit()
		real = no_shows.system_move

		def failing(doc, status):
			if doc.name == bad.name:
				raise RuntimeError("generated")
			real(doc, status)

		monkeypatch.setattr(no_shows, "system_move", failing)
		frozen.move_to(moscow(16, 20))
		no_shows.mark_due()
		assert [fresh(one).status for one in (bad, good)] == ["Booked", "No Show"]


class TestAnotherTime:
	@pytest.fixture
	def missed(self, clinic, frozen):
		doc = book(clinic)
		frozen.move_to(NINE + timedelta(minutes=30))
		no_shows.mark_due()
		return fresh(doc)

	def offers(self, doc) -> list:
		no_shows.offer_due()
		return messages_of(doc.name, "booking.missed")

	def test_offered_once_with_the_nearest_time_and_a_link_that_knows_the_services(
		self, clinic, missed, frozen
	):
		frozen.move_to(NINE + timedelta(minutes=59))
		assert not self.offers(missed)
		frozen.move_to(NINE + timedelta(minutes=60))
		[message] = self.offers(missed)
		assert len(self.offers(missed)) == 1
		body = message.body.replace("\N{NO-BREAK SPACE}", " ")
		assert f"branch={clinic.branch}" in body and f"services={clinic.visit}" in body
		assert "17 января, 08:00" in body
		assert message.expires_at == missed.start + timedelta(hours=48)

	def test_not_after_two_days(self, missed, frozen):
		frozen.move_to(NINE + timedelta(hours=48))
		assert not self.offers(missed)

	def test_not_to_whom_the_policy_spares(self, clinic, missed, frozen):
		insert("Booking Policy", policy_name="Тестовые правила", branch=clinic.branch, rebook_hours=0)
		frozen.move_to(NINE + timedelta(hours=2))
		assert not self.offers(missed)

	def test_not_to_whom_has_booked_or_come_after_all(self, clinic, missed, frozen):
		frozen.move_to(NINE + timedelta(hours=2))
		later = book(clinic, start=moscow(18, 10), patient=missed.patient, consents=[])
		assert not self.offers(missed)
		service.cancel(later.name)
		move(missed, "Booked")
		assert not self.offers(missed)

	def test_without_consent_it_is_suppressed_with_its_reason(self, missed, frozen):
		consents.withdraw(missed.patient, consents.SERVICE, "письмо")
		frozen.move_to(NINE + timedelta(hours=2))
		[message] = self.offers(missed)
		assert (message.status, message.reason_code) == ("Suppressed", "CONSENT_WITHDRAWN")
