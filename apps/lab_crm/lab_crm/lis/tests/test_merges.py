"""Two cards of one person: merged by the LIS (ADT^A40) or at the desk; results and history follow, and come
back when the merge is undone.
"""

import secrets
from datetime import datetime

import frappe
import pytest

from lab_crm.laboratory import portal, trends
from lab_crm.laboratory.tests.arrange import events_of, fresh, insert
from lab_crm.lis.hl7 import accept, header
from lab_crm.lis.tests.arrange import results_of
from lab_crm.patients import matching, merging
from lab_crm.privacy import consents
from lab_crm.utils.errors import Refusal


@pytest.fixture
def twin(line, make):
	"""A second card of the laboratory's patient, who has an order with a result on it."""
	patient = line.lab.patient
	fields = ("last_name", "first_name", "middle_name", "birth_date", "sex")
	twin = make.patient(**{field: patient.get(field) for field in fields})
	line.twin = twin
	order = line.order(line.lab.biochemistry, patient=twin.name)
	frappe.db.set_value("Visit", order.visit, "patient", twin.name)
	line.process(line.report(order, line.glucose("5.4")))
	line.twin_order = fresh(order)
	return twin


def a40(line, survivor: str, merged: str, born: str = "", code: str = "ADT^A40^ADT_A39") -> str:
	head = f"MSH|^~\\&|{line.application}|DEMO|LABCRM|DEMO|20261121093000+0300||{code}"
	pid = f"PID|1||{survivor}^^^LABCRM^PI||Образцова^Анна||{born}|F"
	return "\r".join(
		(f"{head}|{secrets.token_hex(6)}|P|2.5.1", "EVN||20261121", pid, f"MRG|{merged}^^^LABCRM^PI", "")
	)


def test_a_merge_of_the_lis_brings_results_and_history_over(line, twin):
	patient, order = line.lab.patient, line.twin_order
	row = line.process(a40(line, patient.name, twin.name))
	assert (row.status, row.error, row.patient) == ("Processed", None, patient.name)
	(result,) = results_of(order.name)
	assert {fresh(order).patient, result.patient, frappe.db.get_value("Visit", order.visit, "patient")} == {
		patient.name
	}
	assert result.patient_name == patient.full_name
	assert [each["name"] for each in portal.results_of([patient.name])] == [result.name]
	assert portal.results_of([twin.name]) == []
	assert [each.value for each in trends.values_of([patient.name], [line.lab.glu])] == ["5.4"]
	assert "order.result_ready" in events_of(order.name)
	assert not frappe.db.exists("Journey Event", {"lab_order": order.name, "patient": twin.name})
	assert (fresh(twin).merged_into, twin.status) == (patient.name, "Inactive")


def test_the_same_merge_again_changes_nothing(line, twin):
	line.process(a40(line, line.lab.patient.name, twin.name))
	again = line.process(a40(line, line.lab.patient.name, twin.name))
	assert again.status == "Processed"
	assert frappe.db.count("Patient Merge", {"merged": twin.name}) == 1


def test_a_message_that_names_the_old_card_finds_its_order(line, twin):
	order = line.order(line.lab.biochemistry, patient=twin.name)
	line.process(a40(line, line.lab.patient.name, twin.name))
	pid = f"PID|1||{twin.name}^^^LABCRM^PI||Образцова^Анна"
	row = line.process(line.report(order, line.glucose("5.5"), pid=pid))
	assert (row.status, row.patient) == ("Processed", line.lab.patient.name)


def test_a_strangers_number_still_contradicts(line, twin, make):
	line.process(a40(line, line.lab.patient.name, twin.name))
	order = line.order(line.lab.biochemistry)
	pid = f"PID|1||{make.patient().name}^^^LABCRM^PI||Образцова^Анна"
	assert line.process(line.report(order, line.glucose("5.5"), pid=pid)).status == "Unmatched"


def test_undoing_gives_everything_back(line, twin):
	patient, order = line.lab.patient, line.twin_order
	own = line.order(line.lab.blood_count)
	line.process(a40(line, patient.name, twin.name))
	late = line.process(line.report(order, line.glucose("5.6", status="C"), status="C", at="20261122"))
	assert late.patient == patient.name
	(name,) = frappe.get_all("Patient Merge", {"merged": twin.name}, pluck="name")
	merging.undo(name, "Это разные люди")
	assert {each.patient for each in results_of(order.name)} == {twin.name}, "also what came after the merge"
	assert (fresh(order).patient, fresh(own).patient) == (twin.name, patient.name)
	assert frappe.db.get_value("Visit", order.visit, ["patient", "patient_name"]) == (
		twin.name,
		twin.full_name,
	)
	assert (fresh(twin).merged_into, twin.status) == (None, "Active")
	doc = frappe.get_doc("Patient Merge", name)
	assert (doc.status, doc.undone_by, doc.undo_reason) == ("Undone", frappe.session.user, "Это разные люди")
	with pytest.raises(Refusal) as refusal:
		merging.undo(name, "ещё раз")
	assert refusal.value.code == "ALREADY_UNDONE"


def test_what_contradicts_waits_for_a_person(line, twin):
	frappe.db.set_value("Patient", twin.name, "birth_date", "1960-01-01")
	row = line.process(a40(line, line.lab.patient.name, twin.name))
	assert row.status == "Unmatched" and "Даты рождения различаются" in row.error
	assert fresh(line.twin_order).patient == twin.name
	with pytest.raises(Refusal) as refusal:
		merging.merge_cards(line.lab.patient.name, twin.name, "одна карта")
	assert refusal.value.code == "CONTRADICTION"
	name = merging.merge_cards(line.lab.patient.name, twin.name, "паспорт проверен", confirmed=True)
	assert "Даты рождения различаются" in frappe.db.get_value("Patient Merge", name, "reason")
	assert fresh(line.twin_order).patient == line.lab.patient.name


@pytest.mark.parametrize(
	("survivor", "merged", "born", "word"),
	[
		("PAT-NONE0000", None, "", "PAT-NONE0000"),
		(None, "PAT-NONE0000", "", "PAT-NONE0000"),
		(None, None, "19010101", "дата рождения"),
	],
)
def test_what_is_not_surely_ours_is_not_merged(line, twin, survivor, merged, born, word):
	text = a40(line, survivor or line.lab.patient.name, merged or twin.name, born)
	row = line.process(text)
	assert row.status == "Unmatched" and word in row.error
	assert fresh(line.twin_order).patient == twin.name


def test_a_message_without_mrg_says_so(line):
	text = a40(line, line.lab.patient.name, "PAT-X").split("MRG|")[0]
	assert "MRG" in line.process(text).error


def test_gaps_of_the_card_are_filled_and_given_back(line, make, twin):
	frappe.db.set_value("Patient", twin.name, {"snils": "112-233-445 95", "email": "t@lab-crm.invalid"})
	frappe.db.set_value("Patient", line.lab.patient.name, {"snils": None, "email": None})
	name = merging.merge_cards(line.lab.patient.name, twin.name, "одна карта")
	assert fresh(line.lab.patient).snils == "112-233-445 95"
	assert fresh(twin).snils is None
	merging.undo(name, "ошибка")
	assert fresh(line.lab.patient).snils is None
	assert fresh(twin).snils == "112-233-445 95"


def test_who_books_as_the_old_card_gets_the_one_that_stays(line, twin):
	merging.merge_cards(line.lab.patient.name, twin.name, "одна карта")
	fields = ("last_name", "first_name", "middle_name", "birth_date", "sex", "mobile")
	given = {field: str(twin.get(field) or "") for field in fields}
	assert matching.find_or_create(given).name == line.lab.patient.name


def test_chains_lead_to_the_last_card(line, twin, make):
	third = make.patient(birth_date=line.lab.patient.birth_date, sex=line.lab.patient.sex)
	merging.merge_cards(line.lab.patient.name, twin.name, "одна карта")
	merging.merge_cards(third.name, line.lab.patient.name, "одна карта")
	assert merging.survivors([twin.name]) == {twin.name: third.name}
	assert fresh(line.twin_order).patient == third.name


def test_impossible_merges_are_refused(line, twin, make):
	patient = line.lab.patient.name
	for survivor, merged, code in ((patient, patient, "SAME_CARD"), (patient, "PAT-NONE", "NO_CARD")):
		with pytest.raises(Refusal) as refusal:
			merging.merge_cards(survivor, merged, "одна карта")
		assert refusal.value.code == code
	merging.merge_cards(patient, twin.name, "одна карта")
	with pytest.raises(Refusal) as refusal:
		merging.merge_cards(twin.name, make.patient().name, "одна карта", confirmed=True)
	assert refusal.value.code == "ALREADY_MERGED"


def test_consents_stay_where_they_were_given(line, twin):
	consent = consents.give(twin.name, consents.MARKETING, "подпись")
	merging.merge_cards(line.lab.patient.name, twin.name, "одна карта")
	assert fresh(consent).patient == twin.name


def test_a_merge_is_written_by_merging_alone(line, twin):
	name = merging.merge_cards(line.lab.patient.name, twin.name, "одна карта")
	doc = frappe.get_doc("Patient Merge", name)
	doc.reason = "другое"
	with pytest.raises(Refusal):
		doc.save()
	with pytest.raises(Refusal):
		frappe.delete_doc("Patient Merge", name)
	with pytest.raises(Refusal):
		insert("Patient Merge", survivor=line.lab.patient.name, merged=twin.name)


@pytest.mark.parametrize("role", ["Lab Receptionist", "Lab Doctor", "Lab Integration"])
def test_others_may_not_merge(line, twin, as_user, role):
	name = merging.merge_cards(line.lab.patient.name, twin.name, "одна карта")
	with as_user(role):
		with pytest.raises(frappe.PermissionError):
			merging.merge_cards(line.lab.patient.name, twin.name, "одна карта")
		with pytest.raises(frappe.PermissionError):
			merging.undo(name, "ошибка")


def test_the_listener_takes_a40_and_no_registrations():
	head = "MSH|^~\\&|A|B|C|D|20261121||ADT^{0}|1|P|2.5.1"
	assert accept.check(header.read(head.format("A40"))) is None
	assert accept.check(header.read(head.format("A04"))).code == "201"


def test_merges_are_undone_the_latest_first(line, twin, make):
	third = make.patient(birth_date=line.lab.patient.birth_date, sex=line.lab.patient.sex)
	first = merging.merge_cards(line.lab.patient.name, twin.name, "одна карта")
	second = merging.merge_cards(third.name, line.lab.patient.name, "одна карта")
	with pytest.raises(Refusal) as refusal:
		merging.undo(first, "ошибка")
	assert (refusal.value.code, refusal.value.http_status_code) == ("LATER_MERGE", 409)
	assert "сначала отмените" in str(refusal.value)
	merging.undo(second, "ошибка")
	merging.undo(first, "ошибка")
	assert fresh(line.twin_order).patient == twin.name


def test_undoing_keeps_a_contact_that_was_entered_since(line, twin):
	frappe.db.set_value("Patient", twin.name, {"snils": "112-233-445 95", "email": "t@lab-crm.invalid"})
	frappe.db.set_value("Patient", line.lab.patient.name, {"snils": None, "email": None})
	name = merging.merge_cards(line.lab.patient.name, twin.name, "одна карта")
	frappe.db.set_value("Patient", line.lab.patient.name, "email", "new@lab-crm.invalid")
	merging.undo(name, "ошибка")
	patient = fresh(line.lab.patient)
	assert (patient.email, patient.snils) == ("new@lab-crm.invalid", None)
	assert (fresh(twin).email, twin.snils) == ("t@lab-crm.invalid", "112-233-445 95")


def given(patient: str, day: int, withdrawn: int | None = None) -> str:
	"""A consent given, and perhaps withdrawn, on days of November; its name."""
	consent = consents.give(patient, consents.MARKETING, "подпись", datetime(2026, 11, day, 9))
	if withdrawn:
		consents.withdraw(patient, consents.MARKETING, "телефон")
		consent.db_set("withdrawn_on", datetime(2026, 11, withdrawn, 9))
	return consent.name


@pytest.mark.parametrize("is_on_survivor", [True, False])
def test_a_withdrawal_counts_for_both_cards(line, twin, is_on_survivor):
	one, other = line.lab.patient.name, twin.name
	withdrawing, agreeing = (one, other) if is_on_survivor else (other, one)
	given(withdrawing, 1, withdrawn=5)
	given(agreeing, 3)
	name = merging.merge_cards(one, other, "одна карта")
	assert not consents.has(agreeing, consents.MARKETING)
	assert frappe.db.exists("Journey Event", {"patient": agreeing, "event": "consent.withdrawn"})
	evidence = frappe.db.get_value("Consent", {"patient": agreeing}, "withdrawal_evidence")
	assert withdrawing in evidence
	merging.undo(name, "ошибка")
	assert not consents.has(agreeing, consents.MARKETING)


def test_a_consent_later_than_the_withdrawal_stays(line, twin):
	given(twin.name, 1, withdrawn=5)
	given(line.lab.patient.name, 7)
	merging.merge_cards(line.lab.patient.name, twin.name, "одна карта")
	assert consents.has(line.lab.patient.name, consents.MARKETING)


def test_undoing_carries_no_withdrawal(line, twin):
	name = merging.merge_cards(line.lab.patient.name, twin.name, "одна карта")
	given(twin.name, 3)
	given(line.lab.patient.name, 1, withdrawn=5)
	merging.undo(name, "ошибка")
	assert consents.has(twin.name, consents.MARKETING)
