"""An analyte over the years on the patient's card: one unit, for those who may see values, looks logged."""

from datetime import timedelta

import frappe
import pytest

from lab_crm.catalogue import units
from lab_crm.laboratory import portal, trend_chart
from lab_crm.laboratory.tests.arrange import REPORTED, Laboratory, insert

YEAR = 365


@pytest.fixture
def lab(make):
	return Laboratory(make)


@pytest.fixture
def converting(lab):
	"""The laboratory has learned what milligrams of its glucose are, after it took some results in them."""

	def learn():
		row = {"from_unit": "мг/дл", "to_unit": "ммоль/л", "factor": "0.0555"}
		insert("Unit Conversion", analyte=lab.glu, **row)
		units.forget()

	yield learn
	units.forget()  # the rollback takes the row away


def measured(lab, value: str, days_ago: int, **fields):
	at = REPORTED - timedelta(days=days_ago)
	observation = lab.glucose(value, observed_at=at, **fields)
	return lab.report(lab.order(lab.biochemistry), observation, minutes=-days_ago * 24 * 60)


def test_years_of_values_with_their_signs_and_the_interval(lab):
	for days, value in ((5 * YEAR, "5.0"), (2 * YEAR, "7.5"), (0, "3.1")):
		latest = measured(lab, value, days)
	history = trend_chart.history(lab.patient.name, lab.glu)
	assert [(point["text"], point["sign"]) for point in history["points"]] == [
		("5,0", ""),
		("7,5", "↑"),
		("3,1", "↓"),
	]
	assert history["points"][1]["meaning"] == "выше референсного интервала"
	assert history["points"][-1]["result"] == latest.name
	assert (history["title"], history["unit"]) == ("Глюкоза", "ммоль/л")
	assert (history["low"], history["high"], history["left_out"]) == (3.9, 6.1, [])


def test_units_are_reconciled_by_the_table_and_what_cannot_be_is_named(lab, converting):
	measured(lab, "100", 3 * YEAR, unit="мг/дл", reference_text="70-110")
	measured(lab, "5.4", YEAR)
	before = trend_chart.history(lab.patient.name, lab.glu)
	assert [point["value"] for point in before["points"]] == [5.4]
	assert [row["text"] for row in before["left_out"]] == ["100 мг/дл"]
	converting()
	after = trend_chart.history(lab.patient.name, lab.glu)
	assert [point["value"] for point in after["points"]] == [5.55, 5.4] and not after["left_out"]
	assert after["points"][0]["received"] == "100 мг/дл"
	assert after["points"][0]["reference"] == "3,89–6,11"
	assert [point["value"] for point in portal.trend(lab.glu, lab.patient.name)["points"]] == [5.55, 5.4]


def test_analytes_with_numbers_are_offered_the_latest_first(lab):
	lab.report(lab.order(), lab.glucose("5.0"), *lab.count(), minutes=-60 * 24 * YEAR)
	measured(lab, "5.2", 10)
	insert_word(lab)
	offered = trend_chart.analytes(lab.patient.name)
	assert (offered[0]["analyte"], offered[0]["count"]) == (lab.glu, 2)
	assert {row["analyte"] for row in offered} == {lab.glu, lab.hb, lab.wbc}


def insert_word(lab) -> None:
	"""A value that is a word: it cannot be drawn."""
	measured(lab, "обнаружено", 1)


def test_a_superseded_value_is_not_drawn(lab):
	order = lab.order(lab.biochemistry)
	lab.report(order, lab.glucose("9.9"))
	lab.report(order, lab.glucose("5.9"), status="Corrected", minutes=5)
	points = trend_chart.history(lab.patient.name, lab.glu)["points"]
	assert [point["value"] for point in points] == [5.9]


@pytest.mark.parametrize("role", ["Lab Receptionist", "Lab Operator", "Lab Administrator", "Lab Accountant"])
def test_values_are_for_those_who_treat(lab, as_user, role):
	measured(lab, "5.0", 0)
	with as_user(role):
		with pytest.raises(frappe.PermissionError):
			trend_chart.history(lab.patient.name, lab.glu)
		with pytest.raises(frappe.PermissionError):
			trend_chart.analytes(lab.patient.name)


def test_a_look_is_logged(lab, as_user):
	measured(lab, "5.0", 0)
	with as_user("Lab Doctor") as user:
		trend_chart.history(lab.patient.name, lab.glu)
	row = {"patient": lab.patient.name, "user": user, "document_type": "Analyte", "document_name": lab.glu}
	assert frappe.db.count("Patient Access Log", row) == 1
