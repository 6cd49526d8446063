"""A patient has changed in the LIS: the card follows by rules, and says so; consents never do."""

import secrets

import frappe
import pytest

from lab_crm.laboratory.tests.arrange import fresh
from lab_crm.lis.hl7 import encoding, header
from lab_crm.lis.tests.corpus import cases
from lab_crm.patients import merging, portal_access
from lab_crm.privacy import consents
from tests.support.factories import random_digits


def a08(line, event: str = "A08", **fields: str) -> str:
	"""A change of the laboratory's patient; `_5="…"` sets PID-5."""
	pid = {"_3": f"{line.lab.patient.name}^^^LABCRM^PI", **fields}
	numbers = {int(key[1:]): value for key, value in pid.items()}
	line_of = "|".join(["PID", *(numbers.get(number, "") for number in range(1, max(numbers) + 1))])
	head = (
		f"MSH|^~\\&|{line.application}|DEMO|LABCRM|DEMO|20261125||ADT^{event}|{secrets.token_hex(6)}|P|2.5.1"
	)
	return "\r".join((head, f"EVN|{event}", line_of, ""))


def notes_of(patient) -> list[str]:
	filters = {"patient": patient.name, "kind": "Check at the Desk"}
	return frappe.get_all("Patient Note", filters, pluck="title", order_by="creation")


def timeline_of(patient) -> str:
	filters = {"reference_doctype": "Patient", "reference_name": patient.name, "comment_type": "Info"}
	return "\n".join(frappe.get_all("Comment", filters, pluck="content"))


@pytest.mark.parametrize("event", ["A08", "A31"])
def test_a_new_surname_is_taken_and_the_former_one_kept(line, event):
	patient = line.lab.patient
	former = patient.full_name
	row = line.process(a08(line, event, _5="Новая^Анна", _11="ул. Тестовая, 5^^Москва"))
	assert (row.status, row.error, row.patient) == ("Processed", None, patient.name)
	patient = fresh(patient)
	assert (patient.last_name, patient.first_name, patient.address) == (
		"Новая",
		"Анна",
		"Москва, ул. Тестовая, 5",
	)
	assert patient.full_name.startswith("Новая Анна")
	assert patient.former_names.startswith(f"{former} (до ")
	assert row.name in timeline_of(patient) and "Тестова → Новая" in timeline_of(patient)


def test_the_same_again_leaves_no_trace(line):
	patient = line.lab.patient
	line.process(a08(line, _5="Новая^Анна"))
	before = (fresh(patient).modified, timeline_of(patient))
	line.process(a08(line, _5="НОВАЯ^АННА"))
	assert (fresh(patient).modified, timeline_of(patient)) == before


def test_what_the_message_does_not_say_stays(line):
	patient = line.lab.patient
	frappe.db.set_value("Patient", patient.name, {"address": "Старый адрес", "email": "a@lab-crm.invalid"})
	line.process(a08(line))
	patient = fresh(patient)
	assert (patient.address, patient.email, bool(patient.middle_name)) == (
		"Старый адрес",
		"a@lab-crm.invalid",
		True,
	)


def test_the_null_value_deletes_what_may_be_deleted(line):
	patient = line.lab.patient
	frappe.db.set_value("Patient", patient.name, "address", "Старый адрес")
	line.process(a08(line, _5='Тестова^Анна^""', _11='""', _13='""'))
	patient = fresh(patient)
	assert not patient.address and not patient.middle_name
	assert patient.mobile, "a phone is never deleted"


def test_an_unproved_phone_is_replaced(line):
	phone = f"+7900{random_digits(7)}"
	line.process(a08(line, _13=f"^PRN^CP^^7^900^{phone[5:]}"))
	assert fresh(line.lab.patient).mobile == phone
	assert phone in timeline_of(line.lab.patient)


def test_a_proved_phone_stays_and_the_desk_is_told_once(line):
	patient = line.lab.patient
	portal_access.account_of(patient.mobile)
	for _time in range(2):
		line.process(a08(line, _13="+7 900 000-11-22"))
	assert fresh(patient).mobile == patient.mobile
	(note,) = notes_of(patient)
	assert "900" in note and "другой телефон" in note


def test_a_phone_that_leads_to_somebody_else_is_not_taken(line, make):
	patient, other = line.lab.patient, make.patient(first_name="Вера")
	line.process(a08(line, _13=other.mobile))
	assert fresh(patient).mobile == patient.mobile
	assert len(notes_of(patient)) == 1


def test_an_email_is_filled_in_and_never_replaced(line):
	patient = line.lab.patient
	frappe.db.set_value("Patient", patient.name, "email", None)
	line.process(a08(line, _13="^NET^Internet^one@lab-crm.invalid"))
	line.process(a08(line, _13="^NET^Internet^two@lab-crm.invalid"))
	assert fresh(patient).email == "one@lab-crm.invalid"
	assert "two@lab-crm.invalid" in notes_of(patient)[0]


@pytest.mark.parametrize(
	("fields", "why"),
	[({"_7": "20010101"}, "даты рождения"), ({"_8": "M"}, "пол")],
	ids=["birth date", "sex"],
)
def test_what_contradicts_changes_nothing_and_waits(line, fields, why):
	patient = line.lab.patient
	row = line.process(a08(line, _5="Чужая^Вера", **fields))
	assert (row.status, row.patient) == ("Unmatched", patient.name)
	assert why in row.error and patient.name in row.error
	assert fresh(patient).last_name == "Тестова"


def test_an_unknown_sex_is_filled_in(line):
	frappe.db.set_value("Patient", line.lab.patient.name, "sex", "Unknown")
	line.process(a08(line, _8="F"))
	assert fresh(line.lab.patient).sex == "Female"


def test_consents_are_left_and_death_is_asked_about(line):
	patient = line.lab.patient
	consents.give(patient.name, consents.MARKETING, "подпись")
	row = line.process(a08(line, _30="Y") + "PD1||||||||||||Y\r")
	assert row.status == "Processed"
	assert consents.has(patient.name, consents.MARKETING)
	assert fresh(patient).status == "Active"
	assert [("умер" in each, "согласи" in each) for each in notes_of(patient)] == [
		(True, False),
		(False, True),
	]


def test_a_name_that_is_none_is_refused_with_its_reason(line):
	row = line.process(a08(line, _5="https://lab-crm.invalid^Анна"))
	assert row.status == "Unmatched" and line.lab.patient.name in row.error


def test_a_merged_card_is_found_by_its_old_number(line, make):
	patient = line.lab.patient
	old = make.patient(birth_date=patient.birth_date, sex=patient.sex)
	merging.merge(patient.name, old.name, "одна карта", confirmed=True)
	row = line.process(a08(line, _3=f"{old.name}^^^LABCRM^PI", _5="Новая^Анна"))
	assert (row.status, row.patient) == ("Processed", patient.name)


@pytest.mark.parametrize("case", cases("updates"), ids=lambda case: case.name)
def test_the_corpus(line, case):
	name = line.lab.patient.name
	fields = {"name": "PAT-TEST0001", "birth_date": "1990-02-03", "snils": "112-233-445 95", "sex": "Female"}
	frappe.db.set_value("Patient", name, fields)
	decoded = encoding.decode(case.raw, header.declared_charset(header.clean(case.raw)), case.setting)
	row = line.process(header.clean(case.raw).decode(decoded.codec))
	assert row.status == case.expected["processing"], row.error
