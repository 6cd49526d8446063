"""Undoing a wrong attachment: the results leave, what they replaced comes back, the message waits anew."""

import frappe
import pytest

from lab_crm.laboratory import portal, trends
from lab_crm.laboratory.tests.arrange import fresh
from lab_crm.lis import detaching, work_list
from lab_crm.lis.tests.arrange import results_of, values_of
from lab_crm.utils.errors import Refusal

WHY = "Перепутаны пробирки"


@pytest.fixture
def holding(line):
	"""Critical values are told to the patient by the doctor first."""
	frappe.db.set_single_value("Laboratory Settings", "hold_critical_until_call", 1)
	frappe.clear_document_cache("Laboratory Settings", "Laboratory Settings")
	yield
	frappe.clear_document_cache("Laboratory Settings", "Laboratory Settings")


def shown(order) -> list[dict]:
	"""What the patient of an order sees of it."""
	rows = portal.results_of([order.patient])
	return [row for row in rows if frappe.db.get_value("Lab Result", row["name"], "order") == order.name]


def test_a_result_leaves_its_order_with_all_that_followed(line):
	order = line.order(line.lab.biochemistry)
	frappe.db.set_value("Visit", order.visit, "status", "Waiting")
	row = line.process(line.report(order, line.glucose("5.4"), filler="L-WRONG"))
	assert (fresh(order).status, frappe.db.get_value("Visit", order.visit, "status")) == ("Ready", "Ready")
	answer = detaching.detach(row.name, WHY)
	assert answer == {"status": "Unmatched", "orders": [order.name]}
	(result,) = results_of(order.name)
	assert (result.status, result.withdrawn, result.withdrawn_reason) == ("Cancelled", 1, WHY)
	assert result.withdrawn_by == frappe.session.user and result.withdrawn_at
	assert (fresh(order).status, order.items[0].status, order.filler_number) == (
		"In Progress",
		"Planned",
		None,
	)
	assert frappe.db.get_value("Visit", order.visit, "status") == "Waiting"
	assert trends.values_of([order.patient]) == []
	assert [each["pdf_url"] for each in shown(order)] == [None]
	row.reload()
	assert (row.lab_order, row.lab_result, row.patient) == (None, None, None)


def test_what_it_replaced_comes_back(line):
	order = line.order()
	line.process(line.report(order, line.glucose("5.0"), *line.count(), at="20261121093000+0300"))
	wrong = line.process(
		line.report(order, line.glucose("9.9", status="C"), at="20261121103000+0300", status="C")
	)
	assert [values_of(each)[line.lab.glu] for each in results_of(order.name)] == ["5.0", "9.9"]
	detaching.detach(wrong.name, WHY)
	first, second = results_of(order.name)
	assert (first.superseded_by, first.withdrawn, second.withdrawn) == (None, 0, 1)
	assert fresh(order).status == "Ready"
	assert [each.value for each in trends.values_of([order.patient], [line.lab.glu])] == ["5.0"]


def test_the_message_goes_to_its_true_order(line):
	wrong, right = line.order(line.lab.biochemistry), line.order(line.lab.biochemistry)
	row = line.process(line.report(wrong, line.glucose("5.4")))
	detaching.detach(row.name, WHY)
	assert work_list.process_again(row.name)["status"] == "Unmatched", "it must not go back by its number"
	assert work_list.attach(row.name, right.name, 0)["status"] == "Processed"
	assert [values_of(each) for each in results_of(right.name)] == [{line.lab.glu: "5.4"}]
	assert (fresh(right).status, fresh(wrong).status) == ("Ready", "In Progress")


def test_a_detachment_that_was_a_mistake_is_mended_by_attaching(line):
	order = line.order(line.lab.biochemistry)
	row = line.process(line.report(order, line.glucose("5.4")))
	detaching.detach(row.name, WHY)
	assert work_list.attach(row.name, order.name, 0)["status"] == "Processed"
	old, new = results_of(order.name)
	assert (old.withdrawn, new.withdrawn, new.superseded_by) == (1, 0, None)
	assert fresh(order).status == "Ready"


def test_a_new_report_about_the_order_is_not_touched_by_the_withdrawn_one(line):
	order = line.order(line.lab.biochemistry)
	row = line.process(line.report(order, line.glucose("5.4"), at="20261121103000+0300"))
	detaching.detach(row.name, WHY)
	line.process(line.report(order, line.glucose("4.8"), at="20261121093000+0300"))
	_old, new = results_of(order.name)
	assert (new.superseded_by, new.supersedes, values_of(new)) == (None, None, {line.lab.glu: "4.8"})
	assert fresh(order).status == "Ready"


def test_the_alert_of_a_withdrawn_critical_value_is_closed_and_the_hold_lifted(line, holding):
	order = line.order(line.lab.biochemistry)
	row = line.process(line.report(order, line.glucose("30", flag="HH")))
	assert fresh(order).hold_until_call
	detaching.detach(row.name, WHY)
	(alert,) = frappe.get_all("Critical Alert", {"order": order.name}, ["status", "comment"])
	assert alert.status == "Closed" and WHY in alert.comment
	assert not fresh(order).hold_until_call


def test_an_older_alert_goes_back_to_the_value_it_was_about(line, holding):
	order = line.order(line.lab.biochemistry)
	line.process(line.report(order, line.glucose("30", flag="HH")))
	wrong = line.process(
		line.report(order, line.glucose("40", flag="HH", status="C"), status="C", at="20261121103000+0300")
	)
	detaching.detach(wrong.name, WHY)
	(alert,) = frappe.get_all("Critical Alert", {"order": order.name}, ["status", "value", "result"])
	assert (alert.status, alert.value) == ("Open", "30 ммоль/л")
	assert alert.result == results_of(order.name)[0].name
	assert fresh(order).hold_until_call


def test_a_result_that_others_build_upon_is_taken_back_after_them(line):
	order = line.order()
	first = line.process(line.report(order, line.glucose("5.0"), at="20261121093000+0300"))
	later = line.process(line.report(order, line.glucose("5.1"), at="20261121103000+0300"))
	with pytest.raises(Refusal) as refusal:
		detaching.detach(first.name, WHY)
	assert refusal.value.code == "LATER_RESULTS"
	detaching.detach(later.name, WHY)
	detaching.detach(first.name, WHY)
	assert [each.withdrawn for each in results_of(order.name)] == [1, 1]


def test_a_message_for_two_orders_leaves_both(line):
	one, two = line.order(line.lab.biochemistry), line.order(line.lab.blood_count)
	text = line.report(one, line.glucose("5.0"))
	other = line.report(two, *line.count())
	row = line.process(text + other[other.index("OBR|") :])
	assert sorted(detaching.detach(row.name, WHY)["orders"]) == sorted([one.name, two.name])
	assert len(work_list.get_suggestions(row.name)) == 2


def test_it_needs_a_reason_and_something_attached(line):
	order = line.order(line.lab.biochemistry)
	row = line.process(line.report(order, line.glucose("5.4")))
	with pytest.raises(Refusal) as refusal:
		detaching.detach(row.name, " ")
	assert refusal.value.code == "REASON_MISSING"
	detaching.detach(row.name, WHY)
	with pytest.raises(Refusal) as refusal:
		detaching.detach(row.name, WHY)
	assert refusal.value.code == "NOTHING_ATTACHED"


def test_everything_is_written_down(line, as_user):
	order = line.order(line.lab.biochemistry)
	row = line.process(line.report(order, line.glucose("5.4")))
	with as_user("Lab Doctor"):
		doctor = frappe.session.user
		detaching.detach(row.name, WHY)
	for name in (row.name, order.name, results_of(order.name)[0].name):
		comments = frappe.get_all(
			"Comment", {"reference_name": name, "comment_type": "Info"}, ["content", "owner"]
		)
		assert [(WHY in each.content, each.owner) for each in comments] == [(True, doctor)]


@pytest.mark.parametrize("role", ["Lab Receptionist", "Lab Nurse", "Lab Administrator"])
def test_others_may_not_detach(line, as_user, role):
	order = line.order(line.lab.biochemistry)
	row = line.process(line.report(order, line.glucose("5.4")))
	with as_user(role), pytest.raises(frappe.PermissionError):
		detaching.detach(row.name, WHY)
	assert fresh(order).status == "Ready"


def test_it_goes_back_to_none_of_the_orders_it_was_detached_from(line):
	first, second = line.order(line.lab.biochemistry), line.order(line.lab.biochemistry)
	row = line.process(line.report(first, line.glucose("5.4")))
	detaching.detach(row.name, WHY)
	work_list.attach(row.name, second.name, 0)
	detaching.detach(row.name, WHY)
	assert [part["number"] for part in work_list.get_suggestions(row.name)] == [0]
	assert work_list.process_again(row.name)["status"] == "Unmatched"
	assert (fresh(first).status, fresh(second).status) == ("In Progress", "In Progress")


def test_a_bar_written_as_one_order_still_bars(line):
	order = line.order(line.lab.biochemistry)
	row = line.process(line.report(order, line.glucose("5.4")))
	detaching.detach(row.name, WHY)
	frappe.db.set_value("LIS Message", row.name, "barred", frappe.as_json({"0": order.name}))
	assert work_list.process_again(row.name)["status"] == "Unmatched"
