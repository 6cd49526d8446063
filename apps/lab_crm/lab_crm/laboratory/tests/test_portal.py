"""What a patient sees of results: final ones, none that waits for a doctor, nothing of one that was wrong."""

from datetime import timedelta

import frappe
import pytest

from lab_crm.laboratory import observations as obs
from lab_crm.laboratory import portal, result_pdf
from lab_crm.laboratory.tests.arrange import REPORTED, Laboratory


@pytest.fixture
def lab(make):
	return Laboratory(make)


def seen(lab) -> list[str]:
	return [row["name"] for row in portal.results_of([lab.patient.name])]


def test_preliminary_and_superseded_results_are_not_shown(lab):
	order = lab.order()
	first = lab.report(order, lab.glucose("7.5"), *lab.count(), status="Preliminary")
	assert seen(lab) == [] and portal.result(first.name, [lab.patient.name]) is None
	final = lab.report(order, lab.glucose("7.5"), *lab.count(), minutes=5)
	assert seen(lab) == [final.name]
	corrected = lab.report(order, lab.glucose("5.7"), *lab.count(), status="Corrected", minutes=9)
	assert seen(lab) == [corrected.name] and portal.result(final.name, [lab.patient.name]) is None


def test_values_are_written_the_russian_way_and_counted(lab):
	result = lab.report(lab.order(), lab.glucose("7.5"), *lab.count(hb="135"))
	shown = portal.result(result.name, [lab.patient.name])
	glucose = next(item for item in shown["items"] if item["analyte"] == lab.glu)
	assert (glucose["value"], glucose["value_text"], glucose["reference"]) == ("7.5", "7,5", "3,9–6,1")
	assert (shown["abnormal"], shown["total"]) == (1, 3)
	assert shown["reported_at"].startswith("2026-11-20T") and shown["reported_at"].endswith("+03:00")


def test_a_cancelled_result_is_named_without_its_values(lab):
	order = lab.order()
	lab.report(order, lab.glucose("7.5"), *lab.count())
	cancelled = lab.report(order, lab.glucose("7.5"), *lab.count(), status="Cancelled", minutes=5)
	(row,) = portal.results_of([lab.patient.name])
	assert (row["name"], row["status"], row["pdf_url"]) == (cancelled.name, obs.CANCELLED, None)
	shown = portal.result(cancelled.name, [lab.patient.name])
	assert shown["items"] == [] and not shown["doctor_comment"]


def test_somebody_elses_result_is_none(lab, make):
	result = lab.report(lab.order(), lab.glucose(), *lab.count())
	other = make.patient().name
	assert portal.visible(result.name, [other]) is None
	assert portal.visible(result.name, []) is None
	assert portal.visible("RES-00000000", [lab.patient.name]) is None


def test_a_critical_result_waits_for_the_call_on_every_way(lab):
	day = timedelta(days=1)
	lab.report(lab.order(), lab.glucose("5.0", observed_at=REPORTED - day), *lab.count())
	order = lab.order(lab.biochemistry, hold_until_call=1)
	held = lab.report(order, lab.glucose("30", observed_at=REPORTED), minutes=9)
	assert held.name not in seen(lab) and portal.visible(held.name, [lab.patient.name]) is None
	assert [point["value"] for point in portal.trend(lab.glu, lab.patient.name)["points"]] == [5.0]
	assert portal._with_trend(lab.patient.name, [lab.glu]) == set(), "a second value would be given away"
	frappe.db.set_value("Lab Order", order.name, "called_at", REPORTED)
	assert held.name in seen(lab)
	assert len(portal.trend(lab.glu, lab.patient.name)["points"]) == 2


def test_the_trend_has_the_interval_and_one_unit(lab):
	for days, value, unit in ((30, "90", "мг/дл"), (20, "5.1", ""), (10, "6.4", "")):
		at = REPORTED - timedelta(days=days)
		values = [lab.glucose(value, unit=unit, observed_at=at), *lab.count(observed_at=at)]
		lab.report(lab.order(), *values, minutes=-days * 24 * 60)
	trend = portal.trend(lab.glu, lab.patient.name)
	assert [(point["value"], point["flag"] or "") for point in trend["points"]] == [(5.1, ""), (6.4, "H")]
	assert (trend["unit"], trend["low"], trend["high"]) == ("ммоль/л", 3.9, 6.1)


def test_the_file_has_a_cyrillic_name_without_anything_medical(lab):
	result = lab.report(lab.order(), lab.glucose(), *lab.count())
	assert result_pdf.file_name(result.name) == f"Результат {result.name} от 20.11.2026.pdf"
	header = result_pdf.disposition(result.name)
	assert (
		header.isascii() and f'filename="{result.name}.pdf"' in header and "filename*=UTF-8''%D0%A0" in header
	)


def test_the_document_is_made_anew_when_an_earlier_value_beside_it_is_corrected(lab):
	early = REPORTED - timedelta(days=30)
	order = lab.order()
	values = [lab.glucose("6.3", observed_at=early), *lab.count(observed_at=early)]
	lab.report(order, *values, minutes=-30 * 24 * 60)
	current = lab.report(lab.order(), lab.glucose("5.0"), *lab.count())
	before = result_pdf._cache_key(current, frappe.get_doc("Print Format", "Lab Result"))
	values[0] = lab.glucose("5.3", observed_at=early)
	lab.report(order, *values, status="Corrected", minutes=-29 * 24 * 60)
	assert result_pdf._cache_key(current, frappe.get_doc("Print Format", "Lab Result")) != before
