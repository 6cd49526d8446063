import frappe
import pytest
from frappe.model.workflow import WorkflowTransitionError, apply_workflow

from lab_crm.laboratory.checkin import check_in, check_in_walk_in
from lab_crm.laboratory.collection import mark_collected, reject_specimen
from lab_crm.laboratory.tests.arrange import Laboratory, events_of, fresh
from lab_crm.utils.errors import Refusal


@pytest.fixture
def lab(make):
	return Laboratory(make)


def test_panel_is_checked_in_with_its_examinations_and_tubes(lab, as_user):
	booking = lab.booking()
	with as_user("Lab Receptionist"):
		answer = check_in(booking.name)
	visit, order = frappe.get_doc("Visit", answer["visit"]), frappe.get_doc("Lab Order", answer["order"])
	assert (visit.booking, visit.patient, visit.branch) == (booking.name, lab.patient.name, lab.branch.name)
	assert (visit.status, visit.total, visit.patient_name) == ("Registered", 900, lab.patient.full_name)
	assert [(row.service, row.from_panel, row.price) for row in order.items] == [
		(lab.biochemistry.name, lab.panel.name, 450),
		(lab.blood_count.name, lab.panel.name, 450),
	]
	assert order.placer_number == order.name and order.status == "Draft"
	tubes = {row.specimen: row.sample_type for row in order.items}
	assert set(tubes) == set(answer["specimens"]) and set(tubes.values()) == {lab.serum, lab.edta}
	assert frappe.db.get_value("Booking", booking.name, "status") == "Checked In"
	assert "order.placed" in events_of(order.name)
	assert frappe.db.exists(
		"Journey Event", {"event": "visit.checked_in", "visit": visit.name, "booking": booking.name}
	)


def test_second_click_finds_the_same_visit(lab):
	booking = lab.booking()
	first, second = check_in(booking.name), check_in(booking.name)
	assert first["created"] and not second["created"]
	assert {key: first[key] for key in ("visit", "order", "specimens")} == {
		key: second[key] for key in ("visit", "order", "specimens")
	}
	assert frappe.db.count("Lab Order", {"visit": first["visit"]}) == 1


def test_second_visit_of_a_booking_is_stopped_by_the_key(lab):
	booking = lab.booking()
	first = check_in(booking.name)
	# The status was set back by hand: only the unique key still knows.
	frappe.db.set_value("Booking", booking.name, "status", "Booked")
	assert check_in(booking.name)["visit"] == first["visit"]


@pytest.mark.parametrize("status", ["Cancelled", "No Show", "Held"])
def test_booking_that_is_not_expected_is_refused(lab, status):
	booking = lab.booking(status=status)
	with pytest.raises(Refusal) as refused:
		check_in(booking.name)
	assert refused.value.code == "BOOKING_NOT_EXPECTED"
	assert not frappe.db.exists("Visit", {"booking": booking.name})


@pytest.mark.parametrize("role", ["Lab Marketer", "Lab Accountant", "Lab Operator", "Guest"])
def test_only_the_front_desk_checks_in(lab, as_user, role):
	booking = lab.booking()
	with as_user(role), pytest.raises(frappe.PermissionError):
		check_in(booking.name)


def test_consultation_alone_makes_no_order(lab, make):
	answer = check_in(lab.booking(make.service(kind="Consultation")).name)
	assert answer["visit"] and answer["order"] is None and answer["specimens"] == []


def test_material_of_the_analyte_is_taken_when_the_service_names_none(lab, make):
	frappe.db.set_value("Analyte", lab.glu, "sample_type", lab.edta)
	frappe.clear_document_cache("Analyte", lab.glu)
	service = make.service(analytes=[{"analyte": lab.glu}])
	answer = check_in(lab.booking(service).name)
	assert frappe.db.get_value("Specimen", answer["specimens"][0], "sample_type") == lab.edta


class TestWalkIn:
	def test_price_of_today(self, lab, make, as_user):
		make.price(lab.biochemistry.name, 350)
		with as_user("Lab Receptionist"):
			answer = check_in_walk_in(lab.patient.name, lab.branch.name, [lab.biochemistry.name], "key-1")
		assert frappe.db.get_value("Visit", answer["visit"], "total") == 350
		assert frappe.get_doc("Lab Order", answer["order"]).items[0].price == 350

	def test_double_click_makes_one_visit(self, lab, make):
		make.price(lab.biochemistry.name, 350)
		calls = [
			check_in_walk_in(lab.patient.name, lab.branch.name, [lab.biochemistry.name], "k")
			for _ in range(2)
		]
		assert calls[0]["visit"] == calls[1]["visit"] and not calls[1]["created"]

	def test_service_without_a_price_is_refused(self, lab):
		with pytest.raises(Refusal) as refused:
			check_in_walk_in(lab.patient.name, lab.branch.name, f'["{lab.biochemistry.name}"]', "key-2")
		assert refused.value.code == "NO_PRICE"
		assert not frappe.db.exists("Visit", {"patient": lab.patient.name})

	@pytest.mark.parametrize(("services", "key", "code"), [([], "k", "NO_SERVICES"), (["X"], "", "BAD_KEY")])
	def test_bad_input(self, lab, services, key, code):
		with pytest.raises(Refusal) as refused:
			check_in_walk_in(lab.patient.name, lab.branch.name, services, key)
		assert refused.value.code == code


class TestCollection:
	@pytest.fixture
	def visit(self, lab):
		self.booking = lab.booking()
		answer = check_in(self.booking.name)
		self.order, self.tubes = answer["order"], answer["specimens"]
		return frappe.get_doc("Visit", answer["visit"])

	def test_first_tube_collecting_last_tube_waiting(self, visit, as_user):
		with as_user("Lab Nurse"):
			assert mark_collected([self.tubes[0]]) == {visit.name: "Collecting"}
			assert mark_collected([self.tubes[0]]) == {visit.name: "Collecting"}
			assert mark_collected(f'["{self.tubes[1]}"]') == {visit.name: "Waiting"}
			nurse = frappe.session.user
		tube = frappe.get_doc("Specimen", self.tubes[0])
		assert tube.status == "Collected" and tube.collected_at and tube.collected_by == nurse
		assert frappe.db.get_value("Booking", self.booking.name, "status") == "Completed"

	@pytest.mark.parametrize(
		("barcode", "code"), [("614141007349", "UNKNOWN_BARCODE"), ("614141007348", "BAD_BARCODE")]
	)
	def test_foreign_and_mistyped_barcodes(self, visit, barcode, code):
		with pytest.raises(Refusal) as refused:
			mark_collected([barcode])
		assert refused.value.code == code

	def test_receptionist_collects_nothing(self, visit, as_user):
		with as_user("Lab Operator"), pytest.raises(frappe.PermissionError):
			mark_collected(self.tubes)

	def test_rejected_tube_gets_another_in_its_place(self, visit):
		new = reject_specimen(self.tubes[0], "Гемолиз")
		order = frappe.get_doc("Lab Order", self.order)
		assert new in {row.specimen for row in order.items} and self.tubes[0] not in {
			row.specimen for row in order.items
		}
		assert frappe.db.get_value("Specimen", new, "status") == "Planned"
		assert mark_collected([self.tubes[1]]) == {visit.name: "Collecting"}
		assert mark_collected([new]) == {visit.name: "Waiting"}
		with pytest.raises(Refusal):
			mark_collected([self.tubes[0]])

	def test_results_are_issued_once_ready(self, visit, lab, as_user):
		with as_user("Lab Receptionist"), pytest.raises(WorkflowTransitionError):
			apply_workflow(fresh(visit), "Issue Results")
		lab.report(frappe.get_doc("Lab Order", self.order), lab.glucose(), *lab.count())
		with as_user("Lab Receptionist"):
			assert apply_workflow(fresh(visit), "Issue Results").status == "Issued"
		assert fresh(visit).issued_at
		assert frappe.db.count("Journey Event", {"event": "visit.completed", "visit": visit.name}) == 1
