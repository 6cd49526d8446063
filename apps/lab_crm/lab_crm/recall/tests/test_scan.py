"""Who is planned, who is not, and that it is done once."""

from datetime import date, datetime, timedelta

import frappe
import pytest

from lab_crm.patients import merging
from lab_crm.recall import scan
from lab_crm.recall.tests.support import DONE, TODAY, booking, order, recalls, rule
from lab_crm.utils import clock


def test_a_patient_who_is_due_is_planned_once(control):
	assert scan.count(control.rule, TODAY) == 1
	assert scan.plan(control.rule, TODAY) == 1
	assert scan.plan(control.rule, TODAY) == 0
	assert scan.count(control.rule, TODAY) == 0
	[recall] = recalls(control)
	facts = (recall.patient, recall.service, recall.due_on, recall.source_order, recall.status)
	assert facts == (control.patient, control.service, date(2027, 1, 15), control.order, "Planned")


def test_counting_plans_nothing(control):
	scan.count(control.rule, TODAY)
	assert not recalls(control)


@pytest.mark.parametrize(("day", "found"), [(-8, 0), (-7, 1), (60, 1), (61, 0)])
def test_it_is_planned_from_the_lead_to_the_latest_day(control, day, found):
	assert scan.plan(control.rule, TODAY + timedelta(days=day)) == found


def test_another_interval_makes_no_second_invitation_of_the_same_visit(control):
	scan.plan(control.rule, TODAY)
	frappe.db.set_value("Recall Rule", control.rule, {"months": 5, "rule_name": "Другое название"})
	assert scan.plan(control.rule, TODAY) == 0


@pytest.mark.parametrize("status", ["Inactive", "Deceased"])
def test_a_closed_card_is_not_called(control, status):
	frappe.db.set_value("Patient", control.patient, "status", status)
	assert scan.plan(control.rule, TODAY) == 0


@pytest.mark.parametrize(
	("fields", "found"),
	[({"status": "In Progress", "completed_on": None}, 0), ({"status": "Cancelled"}, 0), ({}, 1)],
)
def test_only_finished_orders_call(control, fields, found):
	if fields:
		frappe.db.set_value("Lab Order", control.order, fields)
	assert scan.plan(control.rule, TODAY) == found


def test_an_examination_that_was_cancelled_does_not_call(control):
	name = frappe.db.get_value("Lab Order Item", {"parent": control.order})
	frappe.db.set_value("Lab Order Item", name, "status", "Cancelled")
	assert scan.plan(control.rule, TODAY) == 0


@pytest.mark.parametrize(("status", "found"), [("Ready", 0), ("Sent", 0), ("Rejected", 0), ("Cancelled", 1)])
def test_who_has_a_later_order_is_not_called(control, status, found):
	later = order(control.patient, control.branch, control.service, clock.now() - timedelta(days=3))
	frappe.db.set_value("Lab Order", later, "status", status)
	assert scan.plan(control.rule, TODAY) == found


def test_two_orders_of_one_moment_call_once(control):
	order(control.patient, control.branch, control.service, DONE)
	assert scan.plan(control.rule, TODAY) == 1


@pytest.mark.parametrize(
	("days", "status", "found"),
	[
		(20, "Booked", 0), (20, "Held", 0), (20, "Cancelled", 1), (20, "No Show", 1),
		(-20, "Completed", 0), (-20, "Checked In", 0), (-20, "No Show", 1), (-20, "Booked", 1),
	],
)  # fmt: skip
def test_who_is_expected_or_has_been_again_is_not_called(control, days, status, found):
	booking(control, days, status)
	assert scan.plan(control.rule, TODAY) == found


def test_who_came_before_the_booked_day_is_called(control):
	visit = frappe.new_doc("Visit")
	visit.update({"patient": control.patient, "branch": control.branch})
	visit.booking = booking(control, 20, "Checked In")
	visit.insert(ignore_permissions=True)
	assert scan.plan(control.rule, TODAY) == 0
	frappe.db.set_value("Lab Order", control.order, "visit", visit.name)
	assert scan.plan(control.rule, TODAY) == 1


def test_a_booking_of_something_else_does_not_count(control, make):
	booking(control, 20, service=make.service().name)
	assert scan.plan(control.rule, TODAY) == 1


def test_a_booked_panel_that_holds_the_test_counts(control, make):
	panel = make.service(kind="Panel", panel_items=[{"service": control.service}]).name
	booking(control, 20, service=panel)
	assert scan.plan(control.rule, TODAY) == 0


def test_a_rule_of_a_panel_sees_the_panel_in_the_order(control, make):
	panel = make.service(kind="Panel", panel_items=[{"service": control.service}]).name
	other = make.patient().name
	order(other, control.branch, control.service, DONE, panel=panel)
	name = rule(service=panel)
	assert scan.plan(name, TODAY) == 1
	assert frappe.db.get_value("Recall", {"rule": name}, ["patient", "service"]) == (other, panel)


def test_a_rule_of_a_category_calls_for_what_was_done(control, make):
	category = frappe.new_doc("Service Category")
	category.update({"code": frappe.generate_hash(length=6), "category_name": frappe.generate_hash(length=8)})
	category.insert(ignore_permissions=True)
	frappe.db.set_value("Lab Service", control.service, "category", category.name)
	name = rule(category=category.name)
	assert scan.plan(name, TODAY) == 1
	assert frappe.db.get_value("Recall", {"rule": name}, "service") == control.service


def test_a_certificate_calls_a_month_before_it_ends(control, make):
	paper = make.service(kind="Certificate").name
	start = datetime(2026, 2, 10, 10, 0)
	booking(control, 0, "Completed", service=paper, start=start)
	name = rule(service=paper, months=12, lead_days=31, event="recall.certificate")
	assert scan.plan(name, date(2027, 1, 9)) == 0
	assert scan.plan(name, date(2027, 1, 10)) == 1
	assert frappe.db.get_value("Recall", {"rule": name}, "due_on") == date(2027, 2, 10)


def test_a_fault_of_one_rule_does_not_silence_the_others(control, make, monkeypatch):
	broken = rule(service=make.service().name)
	plan = scan.plan
	ran = []

	def sometimes(name, today):
		ran.append(name)
		if name == broken:
			raise RuntimeError("broken rule")
		return plan(name, today)

	monkeypatch.setattr(scan, "plan", sometimes)
	scan.run_daily()
	assert {broken, control.rule} <= set(ran)
	assert recalls(control)
	assert frappe.db.exists("Error Log", {"method": f"Recall Rule: {broken}"})


@pytest.mark.parametrize("kind", ["Test", "Certificate"])
def test_merged_cards_are_not_called_again_for_the_same_visit(control, make, kind):
	name = control.rule
	if kind != "Test":
		service = make.service(kind=kind).name
		booking(control, 0, "Completed", service=service, start=DONE)
		name = rule(service=service)
	assert scan.plan(name, TODAY) == 1
	fields = ("last_name", "first_name", "middle_name", "birth_date", "sex")
	card = frappe.get_doc("Patient", control.patient)
	survivor = make.patient(**{field: card.get(field) for field in fields}).name
	merge = merging.merge(survivor, control.patient, "одна карта")
	assert scan.plan(name, TODAY) == 0
	assert frappe.db.get_value("Recall", {"rule": name}, "patient") == survivor
	merging.undo(merge, "ошибка")
	assert scan.plan(name, TODAY) == 0
