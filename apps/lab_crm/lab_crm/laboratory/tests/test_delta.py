"""Delta rules: a value that changed too much against the previous one is pointed out to the doctor."""

from datetime import timedelta

import frappe
import pytest

from lab_crm.laboratory.results import store_result
from lab_crm.laboratory.tests.arrange import REPORTED, Laboratory, fresh


@pytest.fixture
def lab(make):
	"""A laboratory whose glucose may change by 50 %."""
	lab = Laboratory(make)
	frappe.db.set_value("Analyte", lab.glu, "delta_percent", 50)
	frappe.clear_document_cache("Analyte", lab.glu)
	return lab


def alerts(order) -> list:
	fields = ["analyte_name", "value", "flag", "change_text", "status"]
	return frappe.get_all("Critical Alert", {"order": order.name}, fields)


def measured(lab, value: str, days: int, status: str = "Final", **fields):
	"""An order with one glucose, reported some days after the first one."""
	order = lab.order(lab.biochemistry)
	reported_at = REPORTED + timedelta(days=days)
	store_result(order.name, [lab.glucose(value, observed_at=reported_at, **fields)], status, reported_at)
	return order


def test_a_large_change_raises_an_alert_that_says_it(lab):
	measured(lab, "4.0", days=0)
	order = measured(lab, "6.1", days=30)
	(alert,) = alerts(order)
	assert (alert.value, alert.flag, alert.status) == ("6.1 ммоль/л", "", "Open")
	assert alert.change_text.replace("\u00a0", " ") == "+53 % к значению 4,0 ммоль/л от 20.11.2026"
	assert not frappe.get_all("Lab Result", {"order": order.name, "is_critical": 1})


def test_a_fall_is_a_change_too(lab):
	measured(lab, "6.0", days=0)
	(alert,) = alerts(measured(lab, "2.9", days=1))
	assert alert.change_text.startswith("−52")


@pytest.mark.parametrize(
	("value", "fields"),
	[
		("6.0", {}),
		("<9.0", {}),
		("90", {"unit": "мг/дл"}),
		("обнаружено", {}),
		("9.0", {"status": "Cancelled"}),
	],
)
def test_what_cannot_be_compared_or_changed_little_raises_none(lab, value, fields):
	measured(lab, "4.0", days=0)
	assert alerts(measured(lab, value, days=1, **fields)) == []


def test_preliminary_values_wait_for_the_final_ones(lab):
	measured(lab, "4.0", days=0)
	order = measured(lab, "7.0", days=1, status="Preliminary")
	assert alerts(order) == []
	reported_at = REPORTED + timedelta(days=1, hours=1)
	store_result(order.name, [lab.glucose("7.0", observed_at=reported_at)], "Final", reported_at)
	assert len(alerts(order)) == 1


def test_values_of_the_same_order_and_of_others_are_no_previous_ones(lab, make):
	order = measured(lab, "4.0", days=0)
	later = REPORTED + timedelta(hours=1)
	store_result(order.name, [lab.glucose("9.0", observed_at=later)], "Final", later)
	assert alerts(order) == []
	lab.patient = make.patient()
	assert alerts(measured(lab, "9.0", days=2)) == []


def test_without_a_rule_nothing_is_compared(lab):
	frappe.db.set_value("Analyte", lab.glu, "delta_percent", 0)
	frappe.clear_document_cache("Analyte", lab.glu)
	measured(lab, "4.0", days=0)
	assert alerts(measured(lab, "20", days=1)) == []


def test_a_change_alone_does_not_hold_the_order(lab):
	frappe.db.set_single_value("Laboratory Settings", "hold_critical_until_call", 1)
	frappe.clear_document_cache("Laboratory Settings", "Laboratory Settings")
	measured(lab, "4.0", days=0)
	order = measured(lab, "7.0", days=1)
	assert (fresh(order).hold_until_call, order.status) == (0, "Ready")
	frappe.clear_document_cache("Laboratory Settings", "Laboratory Settings")
