"""Rows are taken over by those who may, once, each by itself; prices rewrite no past."""

import json
from datetime import date, timedelta

import frappe
import pytest

from lab_crm.catalogue import price_book
from lab_crm.laboratory.tests.arrange import insert
from lab_crm.lis import answers, catalogue_changes
from lab_crm.lis.hl7 import ack
from lab_crm.lis.hl7.reader import read
from lab_crm.lis.master_files import staging
from lab_crm.lis.tests.test_catalogue_staging import catalogue, frozen_noon, receive, rows_of  # noqa: F401
from lab_crm.utils.errors import Refusal

TODAY = date(2026, 11, 26)


@pytest.fixture
def staged(catalogue):  # noqa: F811
	"""Receives a message of the corpus; returns its change and row names by (code, field)."""

	def of(name: str) -> tuple[str, dict]:
		_message, change, rows = receive(catalogue, name)
		return change, {(row.lis_code, row.field or row.kind): row.name for row in rows}

	return of


def apply(change: str, *rows: str) -> dict:
	return catalogue_changes.apply(change, json.dumps(list(rows)))


def status_of(change: str) -> str:
	return frappe.db.get_value(staging.CHANGE, change, "status")


def row(name: str):
	return frappe.db.get_value(staging.ROW, name, "*", as_dict=True)


def prices_of(service: str) -> dict[date, float]:
	return dict(frappe.get_all("Service Price", {"service": service}, ["valid_from", "price"], as_list=True))


def test_chosen_rows_only(staged, as_user):
	change, rows = staged("mfn_m08")
	with as_user("Lab Administrator") as user:
		told = apply(change, rows["MFNGLU", "reference_ranges"], rows["MFNUREA", "Added"])
	assert told == {"applied": 2, "failed": 0, "status": "To Decide"}
	glucose = frappe.get_doc("Analyte", "MFNGLU").reference_ranges
	assert [(each.low, each.high, each.critical_high) for each in glucose] == [("4.1", "5.9", "25")]
	urea = frappe.get_doc("Analyte", "MFNUREA")
	assert (urea.analyte_name, urea.unit, urea.decimals) == ("Мочевина в сыворотке", "ммоль/л", 1)
	limits = [(each.sex, each.age_from_days, each.age_to_days, each.high) for each in urea.reference_ranges]
	assert limits[:2] == [("Female", 6574, 21915, "7.2"), ("Male", 6574, 21915, "8.0")]
	assert not frappe.db.get_value("Lab Service", "MFNGLU", "turnaround_hours"), "it was not chosen"
	done = row(rows["MFNUREA", "Added"])
	assert (done.status, done.target, done.decided_by) == ("Accepted", "MFNUREA", user)
	apply(change, rows["MFNGLU", "turnaround_hours"])
	assert status_of(change) == "Accepted"


def test_a_new_test_comes_as_analyte_and_service(staged):
	change, _rows = staged("mfn_m09")
	names = [each.name for each in rows_of(change)]
	assert apply(change, *names)["applied"] == 2
	service = frappe.get_doc("Lab Service", "MFNHBS")
	assert (service.turnaround_hours, service.sample_type, service.loinc) == (25, "MFNSER", "5196-1")
	assert (service.is_bookable_online, service.preparation) == (0, "Натощак")
	assert [each.analyte for each in service.analytes] == ["MFNHBS"]
	assert frappe.db.get_value("Analyte", "MFNHBS", "result_type") == "Coded"


def test_a_second_click_and_a_second_person_change_nothing(staged, as_user):
	change, rows = staged("mfn_m04")
	name = rows["MFNCBC", "Changed"]
	apply(change, name)
	before = prices_of("MFNCBC")
	with as_user("Lab Director"):
		assert apply(change, name)["applied"] == 0
	assert prices_of("MFNCBC") == before and row(name).decided_by == "Administrator"


def test_a_price_begins_on_its_day_and_the_past_stays(staged):
	change, rows = staged("mfn_m04")
	apply(change, rows["MFNCBC", "Changed"], rows["MFNGLU", "Changed"])
	assert prices_of("MFNCBC")[TODAY] == 700 and len(prices_of("MFNCBC")) == 2
	days = {TODAY - timedelta(1): 500, TODAY: 700, TODAY + timedelta(1): 700}
	assert {day: price_book.price_of("MFNCBC", day=day).price for day in days} == days
	days = {TODAY: 500, date(2029, 12, 31): 500, date(2030, 1, 1): 550}
	assert {day: price_book.price_of("MFNGLU", day=day).price for day in days} == days


def test_one_row_that_fails_hinders_no_other_and_says_why(staged):
	change, rows = staged("mfn_m08")
	doc = frappe.get_doc("Analyte", "MFNGLU")
	doc.reference_ranges[0].high = "6.0"
	doc.save()
	told = apply(change, rows["MFNGLU", "reference_ranges"], rows["MFNGLU", "turnaround_hours"])
	assert (told["applied"], told["failed"]) == (1, 1)
	failed = row(rows["MFNGLU", "reference_ranges"])
	assert failed.status == "Failed" and "сравните заново" in failed.reason
	assert frappe.get_doc("Analyte", "MFNGLU").reference_ranges[0].high == "6.0"
	assert frappe.db.get_value("Lab Service", "MFNGLU", "turnaround_hours") == 2


def test_what_the_catalogue_refuses_is_undone_whole(staged):
	change, rows = staged("mfn_m08")
	insert("Analyte", code="MFNUREA", analyte_name="Другая мочевина", result_type="Numeric")
	told = apply(change, rows["MFNUREA", "Added"], rows["MFNGLU", "turnaround_hours"])
	assert (told["applied"], told["failed"]) == (1, 1)
	assert frappe.db.get_value("Analyte", "MFNUREA", "analyte_name") == "Другая мочевина"


def test_comparing_again_shows_what_is_left(staged):
	change, rows = staged("mfn_m08")
	apply(change, rows["MFNUREA", "Added"])
	catalogue_changes.reject(change, "не нужно", json.dumps([rows["MFNGLU", "turnaround_hours"]]))
	doc = frappe.get_doc("Analyte", "MFNGLU")
	doc.reference_ranges[0].high = "6.0"
	doc.save()
	catalogue_changes.compare_again(change)
	found = {(each.lis_code, each.field or each.kind): each for each in rows_of(change)}
	assert found["MFNGLU", "reference_ranges"].old_value.startswith("3,9–6,0")
	assert found["MFNGLU", "turnaround_hours"].status == "Rejected"
	assert found["MFNUREA", "Added"].status == "Accepted"
	told = apply(change, found["MFNGLU", "reference_ranges"].name)
	assert (told["failed"], told["status"]) == (0, "Accepted")
	with pytest.raises(Refusal) as refused:
		catalogue_changes.compare_again(change)
	assert refused.value.code == "NOTHING_WAITS"


def test_a_row_with_a_problem_is_not_applied(staged):
	change, rows = staged("mfn_m10")
	assert apply(change, rows["MFNPROF", "Added"])["failed"] == 1
	assert not frappe.db.exists("Lab Service", "MFNPROF")


def test_a_battery_follows_once_its_test_is_known(staged, catalogue):  # noqa: F811
	change, _rows = staged("mfn_m10")
	insert("LIS Code Map", lis_code="MFNGONE", analyte="MFNGLU", connection=catalogue.connection.name)
	catalogue_changes.compare_again(change)
	names = [each.name for each in rows_of(change)]
	assert apply(change, *names)["failed"] == 0
	made = frappe.get_doc("Lab Service", "MFNPROF")
	assert [each.analyte for each in made.analytes] == ["MFNHB", "MFNGLU"]
	assert [each.analyte for each in frappe.get_doc("Lab Service", "MFNCBC").analytes] == [
		"MFNHB",
		"MFNWBC",
		"MFNGLU",
	]


def test_withdrawing_and_offering_again(staged):
	change, _rows = staged("mfn_withdrawn")
	apply(change, *[each.name for each in rows_of(change) if each.status == "To Decide"])
	assert frappe.db.get_value("Lab Service", "MFNCBC", ["is_active", "is_bookable_online"]) == (0, 0)
	assert frappe.db.get_value("Lab Service", "MFNOLD", "is_active") == 1
	assert status_of(change) == "Accepted"


def test_rejecting_needs_a_reason_and_keeps_the_catalogue(staged):
	change, _rows = staged("mfn_m04")
	with pytest.raises(Refusal) as refused:
		catalogue_changes.reject(change, "  ")
	assert refused.value.code == "REASON_MISSING"
	assert catalogue_changes.reject(change, "ждём договора")["status"] == "Rejected"
	assert prices_of("MFNCBC").keys() == {TODAY - timedelta(365)}
	assert {each.reason for each in rows_of(change) if each.status == "Rejected"} == {"ждём договора"}


@pytest.mark.parametrize("role", ["Lab Integration", "Lab Receptionist", "Lab Doctor"])
def test_others_decide_nothing(staged, as_user, role):
	change, rows = staged("mfn_m04")
	with as_user(role):
		for method in (
			lambda: apply(change, rows["MFNCBC", "Changed"]),
			lambda: catalogue_changes.reject(change, "нет"),
			lambda: catalogue_changes.compare_again(change),
		):
			with pytest.raises(frappe.PermissionError):
				method()


def test_a_connection_may_apply_by_itself_what_has_no_warning(staged, catalogue):  # noqa: F811
	connection = catalogue.connection
	connection.catalogue_updates = "Automatically"
	connection.save()
	change, rows = staged("mfn_m04")
	assert row(rows["MFNGLU", "Changed"]).status == "Accepted"
	assert row(rows["MFNCBC", "Changed"]).status == "To Decide", "it rises by 40 %"
	assert status_of(change) == "To Decide"
	assert price_book.price_of("MFNGLU", day=date(2030, 1, 1)).price == 550


def test_the_screen_gets_words(staged):
	change, _rows = staged("mfn_m08")
	found = catalogue_changes.get_rows(change)
	labels = {each.field: each.label for each in found if each.field}
	assert labels == {
		"reference_ranges": "Референсные интервалы",
		"turnaround_hours": "Срок выполнения, ч",
	}


@pytest.mark.parametrize("rows", ["[", "[]", "{}", json.dumps([1]), json.dumps(["x"] * 201)])
def test_senseless_choices_are_refused(staged, rows):
	change, _rows = staged("mfn_m08")
	with pytest.raises(Refusal) as refused:
		catalogue_changes.apply(change, rows)
	assert refused.value.code in ("NO_ROWS", "TOO_MANY")


def test_history_is_neither_edited_nor_deleted(staged):
	change, rows = staged("mfn_m08")
	for doc in (
		frappe.get_doc(staging.CHANGE, change),
		frappe.get_doc(staging.ROW, rows["MFNUREA", "Added"]),
	):
		with pytest.raises(Refusal):
			doc.save()
		with pytest.raises(Refusal):
			doc.delete()


def enhanced(line, level: str = "AL", asked: str = "AL") -> str:
	"""Process a master file that asks for the application's answer; return its change."""
	head = f"MSH|^~\\&|{line.application}|DEMO|LABCRM|DEMO|20261125||MFN^M04^MFN_M04|E-1|P|2.5.1|||AL|{asked}"
	lines = [head, f"MFI|CDM||UPD|||{level}"]
	for code, price in (("MFNGLU", 500), ("MFNCBC", 700), ("MFNPANEL", 950)):
		lines += [f"MFE|MUP|{code}||{code}^X^L|CE", f"CDM|{code}", f"PRC|{code}||||{price}&RUB^UP"]
	message = line.process("\r".join(lines) + "\r")
	return frappe.db.get_value(staging.CHANGE, {"lis_message": message.name})


def answers_of(line) -> list:
	filters = {"connection": line.connection.name, "direction": "Out", "message_type": "MFK^M04"}
	return frappe.get_all("LIS Message", filters, ["name", "raw", "status"], order_by="creation")


def test_in_the_enhanced_mode_the_lis_hears_what_became_of_each_record(catalogue):  # noqa: F811
	change = enhanced(catalogue)
	rows = {each.lis_code: each.name for each in rows_of(change)}
	apply(change, rows["MFNPANEL"])
	assert answers_of(catalogue) == [], "one record is not decided yet"
	catalogue_changes.reject(change, "ждём | договора")
	(answer,) = answers_of(catalogue)
	message = read(answer.raw)
	assert (message.first("MSA").text(1), message.first("MSA").text(2)) == ("AA", "E-1")
	assert (message.header.message_type, message.header.accept_ack) == ("MFK^M04", "AL")
	assert message.header.receiving_application == catalogue.application
	told = [(each.text(2), each.text(4), each.text(4, 2)) for each in message.all("MFA")]
	assert told == [("MFNGLU", "S", ""), ("MFNCBC", "U", "ждём | договора"), ("MFNPANEL", "S", "")]
	answers.take(answer.name, ack.read_ack(f"MSH|^~\\&|L\rMSA|CA|{message.header.control_id}\r"))
	assert answers_of(catalogue)[0].status == "Acknowledged"


@pytest.mark.parametrize("asked", ["NE", ""])
def test_who_does_not_ask_is_not_told(catalogue, asked):  # noqa: F811
	catalogue_changes.reject(enhanced(catalogue, asked=asked), "нет")
	assert answers_of(catalogue) == []
