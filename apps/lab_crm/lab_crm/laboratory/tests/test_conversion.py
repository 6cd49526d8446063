"""Values in another unit than the catalogue's: converted by the table, what came stands beside."""

import frappe
import pytest

from lab_crm.catalogue import units
from lab_crm.laboratory.tests.arrange import Laboratory, insert
from lab_crm.utils.errors import Refusal


@pytest.fixture
def lab(make):
	"""A laboratory that knows milligrams of its glucose."""
	lab = Laboratory(make)
	insert("Unit Conversion", analyte=lab.glu, from_unit="мг/дл", to_unit="ммоль/л", factor="0.0555")
	yield lab
	units.forget()  # the rollback takes the row away


def item(lab, value: str, **fields):
	"""The row that a glucose becomes."""
	return lab.report(lab.order(lab.biochemistry), lab.glucose(value, **fields)).items[0]


def test_a_value_is_converted_and_marked_by_our_range(lab):
	row = item(lab, "180", unit="mg/dL")
	assert (row.value, row.unit, row.numeric_value, row.flag) == ("9.99", "ммоль/л", 9.99, "H")
	assert row.note == "Получено: 180 mg/dL"
	assert row.reference_text == "3,9–6,1"


def test_a_critical_value_in_another_unit_is_critical(lab):
	order = lab.order(lab.biochemistry)
	lab.report(order, lab.glucose("500", unit="мг/дл"))
	assert frappe.db.exists("Critical Alert", {"order": order.name})


def test_decimals_of_the_analyte_round(lab):
	frappe.db.set_value("Analyte", lab.glu, "decimals", 1)
	frappe.clear_document_cache("Analyte", lab.glu)
	assert item(lab, "180", unit="мг/дл").value == "10.0"


def test_the_relation_and_the_senders_interval_are_kept(lab):
	row = item(lab, "< 20", unit="мг/дл", reference_text="70-110", notes="повторено")
	assert row.value.replace(" ", "") == "<1.11"
	assert row.reference_text == "3,89–6,11"
	assert row.note == "повторено\nПолучено: < 20 мг/дл"


def test_an_interval_that_cannot_be_read_gives_way_to_ours(lab):
	assert item(lab, "90", unit="мг/дл", reference_text="см. бланк").reference_text == "3,9–6,1"


def test_the_way_back_is_counted_from_the_same_row(make):
	lab = Laboratory(make)
	insert("Unit Conversion", analyte=lab.glu, from_unit="ммоль/л", to_unit="мг/дл", factor="18.0182")
	assert item(lab, "90", unit="мг/дл").value == "4.99"
	units.forget()


def test_rows_for_all_give_way_to_those_of_the_analyte(lab):
	insert("Unit Conversion", from_unit="мг/дл", to_unit="ммоль/л", factor="2")
	assert item(lab, "100", unit="мг/дл").value == "5.55"


@pytest.mark.parametrize(
	("value", "unit"), [("180", "г/л"), ("обнаружено", "мг/дл"), ("5.4", ""), ("5.4", "mmol/L")]
)
def test_what_the_table_does_not_know_stays_as_it_came(lab, value, unit):
	row = item(lab, value, unit=unit)
	assert (row.value, row.note or "") == (value, "")
	assert row.unit == (unit or "ммоль/л")


@pytest.mark.parametrize(
	("change", "code"),
	[
		({"factor": "0"}, "BAD_FACTOR"),
		({"factor": "много"}, "BAD_FACTOR"),
		({"factor": "-2"}, "BAD_FACTOR"),
		({"to_unit": "мг/дл"}, "SAME_UNIT"),
		({}, "SAME_CONVERSION"),
	],
)
def test_rows_that_make_no_sense_are_refused(lab, change, code):
	row = {"analyte": lab.glu, "from_unit": "мг/дл", "to_unit": "ммоль/л", "factor": "0.0555", **change}
	with pytest.raises(Refusal) as refusal:
		insert("Unit Conversion", **row)
	assert refusal.value.code == code
