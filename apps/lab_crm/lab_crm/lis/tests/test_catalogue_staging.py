"""What a LIS says of tests and charges is kept row by row beside what we have; the catalogue stays."""

import frappe
import pytest
import time_machine

from lab_crm.catalogue.tests.support import count_and_newest
from lab_crm.laboratory.tests.arrange import insert
from lab_crm.lis import inbox
from lab_crm.lis.hl7 import encoding, header
from lab_crm.lis.master_files import staging
from lab_crm.lis.tests.corpus import case, cases

CATALOGUE = ("Analyte", "Lab Service", "Service Price", "LIS Code Map")


@pytest.fixture
def catalogue(line, make, frozen_noon):
	"""The small catalogue that the corpus speaks of."""
	limits = {"low": "3.9", "high": "6.1", "critical_low": "2.5", "critical_high": "25"}
	_analyte("MFNGLU", "Глюкоза", "ммоль/л", reference_ranges=[limits])
	_analyte("MFNHB", "Гемоглобин", "г/л")
	_analyte("MFNWBC", "Лейкоциты", "10^9/л")
	insert("Sample Type", code="MFNSER", material_name="Сыворотка MFN", tube_name="Пробирка 4 мл")
	glucose = _service(make, "MFNGLU", "Глюкоза", ["MFNGLU"])
	_service(make, "MFNCBC", "Общий анализ крови", ["MFNHB", "MFNWBC"])
	_service(make, "MFNOLD", "Старое исследование", ["MFNHB"], is_active=0)
	make.service(code="MFNPANEL", service_name="Чекап", kind="Panel", panel_items=[{"service": glucose.name}])
	for code, price in (("MFNGLU", 500), ("MFNCBC", 500), ("MFNPANEL", 900)):
		make.price(code, price)
	frappe.db.commit()
	return line


@pytest.fixture
def frozen_noon():
	"""The corpus knows days of November 2026: today is the 26th."""
	with time_machine.travel("2026-11-26 09:00:00+00:00", tick=False):
		yield


def _analyte(code, name, unit, **fields):
	result = {"result_type": "Numeric", "decimals": 2}
	return insert("Analyte", code=code, analyte_name=name, unit=unit, **result, **fields)


def _service(make, code, name, analytes, **fields):
	return make.service(
		code=code, service_name=name, analytes=[{"analyte": each} for each in analytes], **fields
	)


def receive(line, name: str):
	"""Process a message of the corpus; return its row and the rows of its change."""
	found = case(name)
	decoded = encoding.decode(found.raw, header.declared_charset(header.clean(found.raw)), found.setting)
	message = line.process(header.clean(found.raw).decode(decoded.codec))
	change = frappe.db.get_value(staging.CHANGE, {"lis_message": message.name})
	return message, change, rows_of(change)


def rows_of(change: str) -> list:
	return frappe.get_all(staging.ROW, filters={"change": change}, fields=["*"], order_by="position")


@pytest.mark.parametrize("case", cases("staged"), ids=lambda case: case.name)
def test_rows_of_the_corpus(catalogue, case):
	before = [count_and_newest(doctype) for doctype in CATALOGUE]
	message, _change, rows = receive(catalogue, case.name)
	assert (message.status, message.error) == ("Processed", None)
	assert [[row.record_type, row.kind, row.field or ""] for row in rows] == [
		expected[:3] for expected in case.expected["staged"]
	]
	for row, (_record, kind, _field, old, new) in zip(rows, case.expected["staged"], strict=True):
		assert plain_spaces(row.old_value) == old
		assert new in plain_spaces(row.new_value) if kind == "Added" else plain_spaces(row.new_value) == new
	for code, words in case.expected.get("warned", {}).items():
		told = plain_spaces("\n".join(row.warnings or "" for row in rows if row.lis_code == code))
		assert [each for each in words if each not in told] == [], told
	for code, words in case.expected.get("problems_of", {}).items():
		assert any(words in (row.problem or "") for row in rows if row.lis_code == code)
	assert [count_and_newest(doctype) for doctype in CATALOGUE] == before, (
		"nothing changes before a person applies"
	)


def plain_spaces(text: str | None) -> str:
	return (text or "").replace("\u00a0", " ")


def test_the_same_message_again_changes_nothing(catalogue):
	message, change, rows = receive(catalogue, "mfn_m04")
	frappe.db.set_value("LIS Message", message.name, "status", "Received")
	assert inbox.process_one(message.name) == "Processed"
	assert frappe.get_all(staging.CHANGE, {"lis_message": message.name}, pluck="name") == [change]
	assert [row.name for row in rows_of(change)] == [row.name for row in rows]


def test_a_later_message_takes_the_place_of_what_waits(catalogue):
	_message, first, _rows = receive(catalogue, "mfn_m08")
	_message, second, _rows = receive(catalogue, "mfn_m08")
	states = {row.status for row in rows_of(first) if row.kind != "Unchanged"}
	assert states == {"Superseded"}
	assert frappe.db.get_value(staging.CHANGE, first, "status") == "Superseded"
	assert frappe.db.get_value(staging.CHANGE, second, "status") == "To Decide"
	assert all(second in row.reason for row in rows_of(first) if row.status == "Superseded")


def test_another_connection_says_nothing_of_this_ones_rows(catalogue):
	_message, first, _rows = receive(catalogue, "mfn_m08")
	other = insert("LIS Connection", title="Другая", host="127.0.0.1", receiving_application="OTHER-MFN")
	catalogue.connection = other
	receive(catalogue, "mfn_m08")
	assert frappe.db.get_value(staging.CHANGE, first, "status") == "To Decide"


def test_what_says_nothing_new_is_closed_at_once(catalogue):
	_message, change, _rows = receive(catalogue, "mfn_replace_v23")
	assert frappe.db.get_value(staging.CHANGE, change, ["status", "rows_unchanged"]) == ("Unchanged", 1)


def test_a_complete_list_names_what_it_leaves_out(catalogue):
	insert("LIS Code Map", lis_code="L-CBC", service="MFNCBC", connection=catalogue.connection.name)
	_message, change, _rows = receive(catalogue, "mfn_replace_v23")
	assert "L-CBC" in frappe.db.get_value(staging.CHANGE, change, "remarks")


def test_the_map_of_codes_says_what_is_meant(catalogue):
	insert("LIS Code Map", lis_code="MFNNONE", service="MFNCBC", connection=catalogue.connection.name)
	_message, _change, rows = receive(catalogue, "mfn_m04")
	last = next(row for row in rows if row.lis_code == "MFNNONE")
	assert (last.target, last.problem or "") == ("MFNCBC", "")


def test_a_code_of_a_price_that_nobody_knows_is_put_on_the_work_list(catalogue):
	message, _change, _rows = receive(catalogue, "mfn_m04")
	found = frappe.db.get_value("LIS Unknown Code", {"last_message": message.name}, ["lis_code", "kind"])
	assert found == ("MFNNONE", "Lab Service")


def test_withdrawing_warns_of_bookings_to_come(catalogue):
	line = catalogue
	blood_count = frappe.get_doc("Lab Service", "MFNCBC")
	line.lab.booking(blood_count, start="2026-12-01 09:00:00", end="2026-12-01 09:10:00")
	line.lab.booking(blood_count, start="2026-11-20 09:00:00", end="2026-11-20 09:10:00")
	_message, _change, rows = receive(line, "mfn_withdrawn")
	assert "Записей с этой услугой впереди: 1" in rows[0].warnings


def test_critical_limits_that_would_be_lost_are_told(catalogue):
	doc = frappe.get_doc("Analyte", "MFNGLU")
	doc.reference_ranges[0].sex = "Male"
	doc.save()
	_message, _change, rows = receive(catalogue, "mfn_m08")
	(row,) = [each for each in rows if each.field == "reference_ranges"]
	assert "критические" in row.warnings.lower()
