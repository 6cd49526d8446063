"""What people do with messages that wait: suggestions with reasons, attach, reject, process again, resend."""

from datetime import timedelta

import frappe
import pytest

from lab_crm.laboratory.tests.arrange import fresh, insert
from lab_crm.lis import outbox, sender, suggest, work_list
from lab_crm.lis.hl7.build import NEW
from lab_crm.lis.tests.arrange import results_of, values_of
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal


def person(line) -> str:
	"""PID of the laboratory's patient, by name and birth date only."""
	patient = line.lab.patient
	return f"PID|1||||{patient.last_name}^{patient.first_name}||19850314|F"


def unmatched(line, *values: str, **parts):
	row = line.process(
		line.report(None, *(values or [line.glucose("5.4")]), **{"pid": person(line), **parts})
	)
	assert row.status == "Unmatched"
	return row


def suggestions(row) -> dict[str, dict]:
	return {
		each["order"]: each for part in work_list.get_suggestions(row.name) for each in part["suggestions"]
	}


def test_orders_of_the_same_person_are_suggested_with_the_reason(line):
	order = line.order(line.lab.biochemistry)
	row = unmatched(line, placer="ЧУЖОЙ-1")
	(part,) = work_list.get_suggestions(row.name)
	assert (part["says"], part["values"]) == (["ЧУЖОЙ-1"], ["Глюкоза: 5.4 ммоль/л"])
	found = suggestions(row)[order.name]
	assert (found["reason"], found["against"]) == ("совпали фамилия и дата рождения", "")
	assert found["services"] == ["Глюкоза"]
	assert results_of(order.name) == []


def test_of_many_orders_the_newest_are_suggested(line):
	days = range(suggest.MOST + 4, 0, -1)
	for day in days:
		line.order(line.lab.biochemistry, ordered_at=clock.now() - timedelta(days=day))
	order = line.order(line.lab.biochemistry)
	found = list(suggestions(unmatched(line, placer="ЧУЖОЙ-2")))
	assert found[0] == order.name and len(found) == suggest.MOST


def test_a_contradiction_is_said_and_must_be_confirmed(line):
	order = line.order(line.lab.biochemistry)
	row = unmatched(line, placer=order.placer_number, pid="PID|1||||Тестова^Анна||20010101|F")
	assert "датой рождения" in suggestions(row)[order.name]["against"]
	with pytest.raises(Refusal) as refusal:
		work_list.attach(row.name, order.name, 0)
	assert refusal.value.code == "CONTRADICTION"
	assert results_of(order.name) == []
	assert work_list.attach(row.name, order.name, 0, confirmed=True)["status"] == "Processed"


def test_attaching_stores_the_result_and_says_who_did_it(line):
	order = line.order(line.lab.biochemistry)
	row = unmatched(line)
	answer = work_list.attach(row.name, order.name, 0)
	(result,) = results_of(order.name)
	assert answer == {"status": "Processed", "result": result.name}
	assert values_of(result) == {line.lab.glu: "5.4"}
	comments = frappe.get_all(
		"Comment", filters={"reference_name": row.name, "comment_type": "Info"}, fields=["content", "owner"]
	)
	assert [order.name in each.content for each in comments] == [True]
	with pytest.raises(Refusal) as refusal:
		work_list.attach(row.name, order.name, 0)
	assert refusal.value.code == "NOT_WAITING"


def test_a_part_attached_to_an_order_that_has_another_part(line):
	order = line.order()
	text = line.report(order, line.glucose("5.0"))
	stray = line.report(None, *line.count(), pid=person(line))
	row = line.process(text + stray[stray.index("OBR|") :].replace("OBR|1||", "OBR|2|СБИТЫЙ|"))
	assert row.status == "Unmatched"
	work_list.attach(row.name, order.name, 1)
	assert len(results_of(order.name)) == 2
	assert fresh(order).status == "Ready"


def test_rejecting_needs_a_reason_and_keeps_it(line):
	row = unmatched(line)
	with pytest.raises(Refusal):
		work_list.reject(row.name, "  ")
	assert work_list.reject(row.name, "Пробирка не наша")["status"] == "Rejected"
	assert frappe.db.get_value("LIS Message", row.name, "error") == "Отклонено: Пробирка не наша"


def test_an_unreadable_message_can_be_rejected(line):
	row = line.process(f"MSH|^~\\&|{line.application}|||LABCRM|||ORU^R01|N-1|P|2.5.1\r")
	assert work_list.reject(row.name, "Пустое сообщение")["status"] == "Rejected"


def test_processing_again_finds_an_order_that_was_mended(line):
	order = line.order(line.lab.biochemistry)
	row = unmatched(line, filler="L-LATE")
	assert work_list.process_again(row.name)["status"] == "Unmatched"
	order.db_set("filler_number", "L-LATE")
	assert work_list.process_again(row.name)["status"] == "Processed"
	assert len(results_of(order.name)) == 1


@pytest.mark.parametrize("role", ["Lab Receptionist", "Lab Nurse", "Lab Marketer"])
def test_others_may_not_decide(line, as_user, role):
	row, order = unmatched(line), line.order()
	with as_user(role):
		for call in (
			lambda: work_list.get_suggestions(row.name),
			lambda: work_list.attach(row.name, order.name, 0),
			lambda: work_list.reject(row.name, "нет"),
			lambda: work_list.process_again(row.name),
		):
			with pytest.raises(frappe.PermissionError):
				call()
	assert results_of(order.name) == []


def test_the_administrator_keeps_the_line_but_sees_no_results(line, as_user):
	row = unmatched(line)
	with as_user("Lab Administrator"):
		with pytest.raises(frappe.PermissionError):
			work_list.get_suggestions(row.name)
		assert work_list.process_again(row.name)["status"] == "Unmatched"


def test_a_doctor_may_decide(line, as_user):
	order, row = line.order(line.lab.biochemistry), unmatched(line)
	with as_user("Lab Doctor"):
		assert order.name in suggestions(row)
		assert work_list.attach(row.name, order.name, 0)["status"] == "Processed"


def test_nobody_edits_a_message(line, as_user):
	row = unmatched(line)
	with as_user("Lab Doctor"):
		doc = frappe.get_doc("LIS Message", row.name)
		doc.raw = "MSH|^~\\&|"
		with pytest.raises(Refusal) as refusal:
			doc.save()
	assert refusal.value.code == "LIS_MESSAGE_READ_ONLY"


@pytest.fixture
def queued(line, monkeypatch):
	"""An order and its message; jobs are not queued."""
	monkeypatch.setattr(sender, "enqueue", lambda connection: None)
	order = line.order(status="Draft")
	return order, frappe.get_doc("LIS Message", outbox.queue_order(order.name, NEW, "EVT-W"))


def test_resending_a_dead_letter_keeps_its_control_id(queued):
	_order, message = queued
	message.db_set({"status": "Failed", "attempts": 12})
	assert work_list.resend(message.name) == message.name
	again = fresh(message)
	assert (again.status, again.attempts, again.control_id) == ("Queued", 0, message.control_id)


def test_resending_a_refused_message_makes_a_new_one_once(queued):
	order, message = queued
	message.db_set("status", "Rejected")
	order.db_set("status", "Rejected")
	name = work_list.resend(message.name)
	new = frappe.get_doc("LIS Message", name)
	assert (new.status, fresh(order).status) == ("Queued", "Queued")
	assert new.control_id != message.control_id
	assert "ORC|NW|" in new.raw
	assert work_list.resend(message.name) == name


def test_a_message_that_went_is_not_resent(queued):
	_order, message = queued
	with pytest.raises(Refusal) as refusal:
		work_list.resend(message.name)
	assert refusal.value.code == "NOT_WAITING"


def test_a_code_map_makes_a_waiting_value_known(line):
	order = line.order(line.lab.biochemistry)
	line.process(line.report(order, line.glucose("5.2", code="НОВЫЙ-КОД")))
	old = results_of(order.name)[0]
	assert old.has_unmapped
	insert("LIS Code Map", lis_code="НОВЫЙ-КОД", analyte=line.lab.glu, connection=line.connection.name)
	new = results_of(order.name)[-1]
	assert (new.supersedes, new.has_unmapped, values_of(new)) == (old.name, 0, {line.lab.glu: "5.2"})
