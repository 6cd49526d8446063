"""What staff do: rules that make sense, who runs them, dismissing with a reason, starter rules."""

import frappe
import pytest
from frappe.model.workflow import apply_workflow

from lab_crm.recall import scan, setup
from lab_crm.recall.tests.support import planned
from lab_crm.utils.errors import Refusal


@pytest.mark.parametrize(
	("fields", "code"),
	[
		({"months": 0}, "BAD_MONTHS"),
		({"months": 121}, "BAD_MONTHS"),
		({"lead_days": -1}, "BAD_DAYS"),
		({"max_late_days": 367}, "BAD_DAYS"),
		({"gap_days": 400}, "BAD_DAYS"),
		({"service": None}, "WHAT_IS_WATCHED"),
	],
)
def test_a_rule_that_cannot_work_is_refused(control, fields, code):
	rule = frappe.get_doc("Recall Rule", control.rule)
	rule.update(fields)
	with pytest.raises(Refusal) as refused:
		rule.save()
	assert refused.value.code == code


@pytest.mark.parametrize("role", ["Lab Nurse", "Lab Receptionist", "Lab Operator"])
def test_who_may_not_change_rules_may_not_run_them(control, as_user, role):
	with as_user(role):
		for call in (scan.run_now, scan.preview):
			with pytest.raises(frappe.PermissionError):
				call(control.rule)


@pytest.mark.parametrize("role", ["Lab Administrator", "Lab Marketer"])
def test_who_may_change_rules_previews_and_runs_them(control, as_user, role):
	with as_user(role):
		assert scan.preview(control.rule, "2027-01-15") == {"patients": 1}
		assert scan.preview(control.rule, "2026-12-01") == {"patients": 0}
		assert scan.run_now(control.rule) == {"planned": 1}


def test_a_rule_switched_off_is_not_run_and_may_be_previewed(control):
	frappe.db.set_value("Recall Rule", control.rule, "is_active", 0)
	assert scan.preview(control.rule) == {"patients": 1}
	with pytest.raises(Refusal) as refused:
		scan.run_now(control.rule)
	assert refused.value.code == "RULE_INACTIVE"


def test_a_preview_of_no_date_is_refused(control):
	with pytest.raises(Refusal) as refused:
		scan.preview(control.rule, "завтра")
	assert refused.value.code == "DATE_INVALID"


def test_a_marketer_reads_the_lists_and_changes_no_recall(control, as_user):
	recall = planned(control)
	with as_user("Lab Marketer"):
		assert frappe.get_list("Recall Rule", {"name": control.rule})
		assert frappe.get_list("Recall", {"name": recall.name}, ["patient", "status", "due_on", "decision"])
		doc = frappe.get_doc("Recall", recall.name)
		assert not doc.has_permission("write")


def test_staff_dismiss_with_a_reason_only(control, as_user):
	recall = planned(control)
	with as_user("Lab Operator"):
		with pytest.raises(Refusal) as refused:
			apply_workflow(frappe.get_doc("Recall", recall.name), "Dismiss")
		assert refused.value.code == "REASON_MISSING"
		doc = frappe.get_doc("Recall", recall.name)
		doc.dismiss_reason = "Сдаёт в другом городе"
		doc.save()
		assert apply_workflow(doc, "Dismiss").status == "Dismissed"
		assert apply_workflow(frappe.get_doc("Recall", recall.name), "Plan Again").status == "Planned"


def test_nobody_marks_a_recall_as_booked_by_hand(control, as_user):
	recall = planned(control)
	with as_user("Lab Operator"):
		doc = frappe.get_doc("Recall", recall.name)
		doc.status = "Booked"
		with pytest.raises(frappe.ValidationError):
			doc.save()


def starters() -> list[tuple]:
	titles = [rule["rule_name"] for rule in setup.RULES]
	filters = {"rule_name": ("in", titles)}
	return frappe.get_all("Recall Rule", filters, ["rule_name", "is_active"], as_list=True)


@pytest.fixture
def no_starters(control):
	"""A site whose catalogue has the services and that has never had the starter rules."""
	for name in frappe.get_all("Recall Rule", {"service": ("in", services())}, pluck="name"):
		frappe.db.delete("Recall", {"rule": name})
		frappe.db.delete("Recall Rule", {"name": name})
	frappe.db.set_default(setup.LOADED, "[]")
	for code in services():
		if not frappe.db.exists("Lab Service", code):
			doc = frappe.new_doc("Lab Service")
			doc.update({"code": code, "service_name": code, "kind": "Test", "duration_minutes": 5})
			doc.insert()


def services() -> list[str]:
	return [rule["service"] for rule in setup.RULES]


def test_starter_rules_come_switched_off_and_once(no_starters):
	setup.install()
	assert [active for _title, active in starters()] == [0] * len(setup.RULES)
	deleted = frappe.db.get_value("Recall Rule", {"rule_name": setup.RULES[0]["rule_name"]})
	frappe.delete_doc("Recall Rule", deleted)
	setup.install()
	assert len(starters()) == len(setup.RULES) - 1


def test_the_demo_switches_them_on(no_starters):
	setup.load(active=True)
	assert [active for _title, active in starters()] == [1] * len(setup.RULES)
