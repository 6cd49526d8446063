"""A tube that cannot be used: the patient is told, comes again at no price, and pays nothing twice."""

from datetime import timedelta

import frappe
import pytest

from lab_crm.booking import service
from lab_crm.booking.tests.conftest import frozen, kept  # noqa: F401  (fixtures)
from lab_crm.booking.tests.support import GIVEN, publish_forms
from lab_crm.laboratory import reactions, recollection
from lab_crm.laboratory.checkin import check_in
from lab_crm.laboratory.collection import mark_collected, reject_specimen
from lab_crm.laboratory.tests.arrange import Laboratory, fresh
from lab_crm.privacy import consents
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal

pytestmark = pytest.mark.usefixtures("kept", "frozen")


class Rejected:
	"""A visit whose tubes were collected; one of them is rejected after the patient has left."""

	def __init__(self, make):
		self.lab = Laboratory(make)
		publish_forms()
		for purpose in GIVEN:
			consents.give(self.lab.patient.name, purpose, "подпись")
		make.resource(self.lab.branch.name, capacity=2)
		make.price(self.lab.biochemistry.name, 350)
		answer = check_in(self.lab.booking().name)
		self.visit, self.order, self.tubes = answer["visit"], answer["order"], answer["specimens"]
		mark_collected(self.tubes)
		self.old = frappe.db.get_value(
			"Lab Order Item", {"parent": self.order, "service": self.lab.biochemistry.name}, "specimen"
		)
		self.new = reject_specimen(self.old, "Гемолиз")

	def start(self) -> str:
		return recollection.free(self.new)["starts"][3]

	def booked(self):
		return frappe.get_doc("Booking", recollection.book(self.new, self.start()))

	def heard(self) -> None:
		name = frappe.db.get_value("Journey Event", {"event": "specimen.rejected", "visit": self.visit})
		reactions.specimen_rejected(frappe.get_doc("Journey Event", name))

	def messages(self) -> list:
		filters = {"patient": self.lab.patient.name, "event": "specimen.recollection"}
		return frappe.get_all("Message", filters, ["body", "status", "reason_code"])


@pytest.fixture
def again(make):
	return Rejected(make)


def test_the_new_tube_knows_which_it_stands_in_for(again):
	tube = frappe.get_doc("Specimen", again.new)
	assert (tube.status, tube.replaces, tube.order) == ("Planned", again.old, again.order)
	offered = recollection.free(again.new)
	assert offered["services"] == [again.lab.biochemistry.service_name] and offered["starts"]


def test_the_booking_costs_nothing_and_is_made_once(again, as_user):
	with as_user("Lab Receptionist"):
		booking = again.booked()
	assert (booking.total, booking.status) == (0, "Booked")
	assert [row.price for row in booking.services] == [0] and again.old in booking.free_reason
	assert recollection.book(again.new, again.start()) == booking.name
	assert frappe.db.count("Booking", {"free_reason": booking.free_reason}) == 1


def test_a_cancelled_one_may_be_booked_anew(again):
	first = again.booked()
	service.cancel(first.name)
	assert again.booked().name != first.name


def test_moving_it_keeps_it_free_and_its_services_stay(again, make):
	booking = again.booked()
	later = clock.to_zone(booking.start + timedelta(hours=1), clock.site_zone())
	assert service.reschedule(booking.name, later, online=False).total == 0
	form = fresh(booking)
	form.append("services", {"service": again.lab.blood_count.name})
	with pytest.raises(Refusal) as refused:
		form.save()
	assert refused.value.code == "FREE_BOOKING"


def test_nobody_makes_a_booking_free_by_a_form(again):
	booking = frappe.get_doc("Booking", again.lab.booking().name)
	booking.free_reason = "знакомый"
	with pytest.raises(Refusal) as refused:
		booking.save()
	assert refused.value.code == "FREE_BY_SYSTEM"


def test_the_visit_makes_no_second_order_and_the_tube_is_collected_for_the_first(again):
	booking = again.booked()
	orders = frappe.db.count("Lab Order", {"patient": again.lab.patient.name})
	answer = check_in(booking.name)
	assert (answer["order"], answer["created"]) == (again.order, True) and again.new in answer["specimens"]
	assert frappe.db.count("Lab Order", {"patient": again.lab.patient.name}) == orders
	assert frappe.db.get_value("Visit", answer["visit"], "total") == 0
	assert check_in(booking.name) == {**answer, "created": False}
	mark_collected([again.new])
	assert frappe.db.get_value("Specimen", again.new, "status") == "Collected"


def test_a_tube_that_was_not_rejected_is_not_booked_again(again):
	other = next(tube for tube in again.tubes if tube != again.old)
	for name in (other, again.old):
		with pytest.raises(Refusal) as refused:
			recollection.free(name)
		assert refused.value.code == "NOTHING_TO_COLLECT"


def test_who_left_is_told_once_without_a_medical_word(again):
	again.heard()
	again.heard()
	(message,) = again.messages()
	assert "платить за это не надо" in message.body
	assert "Гемолиз" not in message.body and again.lab.biochemistry.service_name not in message.body


def test_who_still_sits_with_the_nurse_is_not_written_to(again):
	frappe.db.set_value("Visit", again.visit, "status", "Collecting")
	again.heard()
	assert again.messages() == []


@pytest.mark.parametrize("role", ["Lab Nurse", "Lab Marketer", "Lab Accountant"])
def test_only_the_front_desk_books(again, as_user, role):
	with as_user(role), pytest.raises(frappe.PermissionError):
		recollection.free(again.new)
