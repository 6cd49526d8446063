from datetime import timedelta

import frappe
import pytest

from lab_crm.laboratory import critical
from lab_crm.laboratory.tests.arrange import Laboratory, events_of, fresh
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal


@pytest.fixture
def lab(make):
	return Laboratory(make)


def alerts(order) -> list:
	names = frappe.get_all("Critical Alert", filters={"order": order.name}, pluck="name", order_by="creation")
	return [frappe.get_doc("Critical Alert", name) for name in names]


def hold(value: int):
	frappe.db.set_single_value("Laboratory Settings", "hold_critical_until_call", value)
	frappe.clear_document_cache("Laboratory Settings", "Laboratory Settings")


def test_value_at_our_critical_limit_raises_an_alert(lab):
	order = lab.order()
	result = lab.report(order, lab.glucose("30", flag="H"), *lab.count())
	(alert,) = alerts(order)
	assert result.is_critical and result.items[0].flag == "HH"
	assert (alert.patient, alert.result, alert.analyte_name, alert.value) == (
		lab.patient.name,
		result.name,
		"Глюкоза",
		"30 ммоль/л",
	)
	assert (alert.flag, alert.status, alert.item, alert.branch) == (
		"HH",
		"Open",
		result.items[0].name,
		lab.branch.name,
	)
	assert timedelta(minutes=58) < alert.deadline - clock.now() < timedelta(minutes=61)
	assert events_of(order.name) == ["order.critical", "order.result_ready"]


def test_nothing_critical_no_alert(lab):
	order = lab.order()
	lab.report(order, lab.glucose("7"), *lab.count())
	assert alerts(order) == [] and "order.critical" not in events_of(order.name)


def test_critical_value_repeated_by_the_final_report_is_one_alert(lab):
	order = lab.order(lab.biochemistry)
	lab.report(order, lab.glucose("30"), status="Preliminary")
	final = lab.report(order, lab.glucose("31"), minutes=5)
	(alert,) = alerts(order)
	assert (alert.result, alert.value) == (final.name, "31 ммоль/л")


def test_value_carried_over_by_a_correction_raises_no_second_alert(lab):
	order = lab.order(lab.blood_count)
	first = lab.report(order, *lab.count(hb="50"))
	(alert,) = alerts(order)
	lab.report(order, lab.count(wbc="7")[1], status="Corrected", minutes=5)
	assert [each.name for each in alerts(order)] == [alert.name] and fresh(alert).result == first.name


def test_a_result_that_did_not_wait_for_the_call_is_announced_once(lab, as_user):
	hold(0)
	order = lab.order(lab.blood_count)
	lab.report(order, *lab.count(hb="50", wbc="3", flag=""))
	with as_user("Lab Doctor"):
		critical.record_call(alerts(order)[0].name, "Пациент предупреждён.")
	assert fresh(order).called_at
	assert events_of(order.name) == ["order.critical", "order.result_ready"]


def test_order_waits_for_the_call_where_the_setting_says_so(lab, as_user):
	hold(1)
	order = lab.order(lab.blood_count)
	lab.report(order, *lab.count(hb="50", wbc="3", flag=""))
	assert fresh(order).status == "Ready" and events_of(order.name) == ["order.critical"]
	(alert,) = alerts(order)
	with as_user("Lab Doctor") as doctor:
		critical.acknowledge(alert.name)
		critical.record_call(alert.name, "Пациент предупреждён, направлен в стационар.")
	alert.reload()
	assert (alert.status, alert.responsible) == ("Closed", doctor) and alert.called_at
	assert events_of(order.name) == ["order.critical", "order.result_ready"]
	assert fresh(order).called_by == doctor
	hold(0)


def test_alert_taken_by_one_doctor_is_not_taken_by_another(lab, as_user):
	order = lab.order()
	lab.report(order, lab.glucose("30"))
	(alert,) = alerts(order)
	with as_user("Lab Doctor"):
		critical.acknowledge(alert.name)
		critical.acknowledge(alert.name)
	with as_user("Lab Director"), pytest.raises(Refusal) as refused:
		critical.acknowledge(alert.name)
	assert refused.value.code == "ALREADY_TAKEN"


def test_call_is_recorded_with_words(lab):
	lab.report(order := lab.order(), lab.glucose("30"))
	with pytest.raises(Refusal) as refused:
		critical.record_call(alerts(order)[0].name, "  ")
	assert refused.value.code == "COMMENT_MISSING"


@pytest.mark.parametrize("role", ["Lab Receptionist", "Lab Nurse", "Guest"])
def test_only_doctors_close_alerts(lab, as_user, role):
	lab.report(order := lab.order(), lab.glucose("30"))
	(alert,) = alerts(order)
	with as_user(role), pytest.raises(frappe.PermissionError):
		critical.record_call(alert.name, "Звонок")


def test_alert_nobody_closed_in_time_is_told_to_the_director_once(lab):
	lab.report(order := lab.order(), lab.glucose("30"))
	(alert,) = alerts(order)
	critical.escalate()
	assert not fresh(alert).escalated_at
	frappe.db.set_value("Critical Alert", alert.name, "deadline", clock.now() - timedelta(minutes=1))
	critical.escalate()
	assert fresh(alert).escalated_at
	first = alert.escalated_at
	critical.escalate()
	assert fresh(alert).escalated_at == first
