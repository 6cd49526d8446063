"""Patient cards on a site: finding, making, warning, refusing."""

from concurrent.futures import ThreadPoolExecutor

import frappe
import pytest

from lab_crm.patients import matching
from lab_crm.utils.errors import Refusal


def someone(phone: str, **fields):
	return {
		"last_name": "Тестова",
		"first_name": "Анна",
		"birth_date": "1990-04-12",
		"sex": "Female",
		"mobile": phone,
		**fields,
	}


@pytest.fixture
def phone():
	"""A number of its own for each test."""
	return f"+7901{frappe.generate_hash(length=12)[:12].translate(str.maketrans('abcdef', '012345'))[:7]}"


def test_a_new_person_gets_a_card(site, phone):
	patient = matching.find_or_create(someone(phone, first_name="АННА", middle_name="петровна"))
	assert patient.flags.is_new_patient
	assert patient.name.startswith("PAT-")
	assert patient.full_name == "Тестова Анна Петровна"
	assert patient.polite_name == "Анна Петровна"


@pytest.mark.parametrize(
	"again",
	[
		{},
		{"last_name": "ТЁСТОВА"},
		{"first_name": " анна "},
		{"middle_name": "Петровна"},
		{"last_name": "Замужнева"},
	],
)
def test_the_same_person_gets_the_same_card(site, phone, again):
	first = matching.find_or_create(someone(phone))
	second = matching.find_or_create(someone(phone, **again))
	assert second.name == first.name
	assert not second.flags.is_new_patient


@pytest.mark.parametrize("other", [{"first_name": "Инна"}, {"birth_date": "2015-04-12"}])
def test_family_on_one_phone_is_different_people(site, phone, other):
	first = matching.find_or_create(someone(phone))
	assert matching.find_or_create(someone(phone, **other)).name != first.name


def test_a_new_surname_is_a_note_and_not_a_change(site, phone):
	first = matching.find_or_create(someone(phone))
	for _twice in range(2):
		matching.find_or_create(someone(phone, last_name="Замужнева"))
	notes = frappe.get_all("Patient Note", filters={"patient": first.name}, pluck="title")
	assert len(notes) == 1
	assert "Замужнева" in notes[0]
	assert frappe.db.get_value("Patient", first.name, "last_name") == "Тестова"


def test_without_phone_and_email_every_time_a_new_card(site):
	nobody = someone(None)
	assert matching.find_or_create(nobody).name != matching.find_or_create(nobody).name


def test_a_web_form_never_changes_contacts(site, phone):
	first = matching.find_or_create(someone(phone))
	matching.find_or_create(someone(phone, email="stranger@example.org"))
	assert not frappe.db.get_value("Patient", first.name, "email")


def test_a_trusted_caller_fills_only_gaps(site, phone):
	first = matching.find_or_create(someone(phone, sex="Unknown"))
	given = someone(phone, email="anna@example.org", middle_name="Петровна", snils="112-233-445 95")
	matching.find_or_create(given, trusted=True)
	matching.find_or_create({**given, "email": "other@example.org"}, trusted=True)
	card = frappe.get_doc("Patient", first.name)
	assert (card.email, card.sex, card.snils) == ("anna@example.org", "Female", "112-233-445 95")
	assert card.full_name == "Тестова Анна Петровна"


@pytest.mark.parametrize(
	("fields", "code", "field"),
	[
		({"mobile": "12345"}, "PHONE_INVALID", "mobile"),
		({"snils": "112-233-445 96"}, "SNILS_INVALID", "snils"),
		({"email": "anna@"}, "EMAIL_INVALID", "email"),
		({"birth_date": "2126-01-01"}, "BIRTH_DATE_INVALID", "birth_date"),
		({"birth_date": "31.02.1990"}, "BIRTH_DATE_INVALID", "birth_date"),
		({"birth_date": ""}, "BIRTH_DATE_REQUIRED", "birth_date"),
		({"last_name": " "}, "NAME_REQUIRED", "last_name"),
		({"first_name": "http://x.ru"}, "NAME_INVALID", "first_name"),
		({"sex": "F"}, "SEX_INVALID", "sex"),
	],
)
def test_bad_input_is_refused_and_nothing_is_written(site, phone, fields, code, field):
	before = frappe.db.count("Patient")
	with pytest.raises(Refusal) as refused:
		matching.find_or_create(someone(phone, **fields))
	assert (refused.value.code, refused.value.field) == (code, field)
	assert frappe.db.count("Patient") == before


def test_the_desk_warns_of_a_similar_card_and_saves(site, make, phone):
	first = make.patient(**someone(phone))
	frappe.clear_messages()
	second = make.patient(**someone(phone, last_name="Замужнева"))
	assert second.name
	assert any(first.name in str(message) for message in frappe.local.message_log)


def test_the_desk_may_insist_on_a_second_card_of_one_person(site, make, phone):
	first, second = make.patient(**someone(phone)), make.patient(**someone(phone))
	assert first.identity_key
	assert second.identity_key is None
	assert matching.find_or_create(someone(phone)).name == first.name


def test_no_warning_for_twins(site, make, phone):
	make.patient(**someone(phone))
	frappe.clear_messages()
	make.patient(**someone(phone, first_name="Инна"))
	assert not frappe.local.message_log


def test_a_corrected_card_is_found_by_its_new_data(site, make, phone):
	card = make.patient(**someone(phone))
	card.birth_date = "1990-04-13"
	card.save()
	assert matching.find_or_create(someone(phone, birth_date="1990-04-13")).name == card.name
	assert matching.find_or_create(someone(phone)).name != card.name


def test_a_snils_stands_on_one_card(site, make, phone):
	make.patient(snils="112-233-445 95")
	with pytest.raises(Refusal) as refused:
		make.patient(snils="11223344595")
	assert refused.value.code == "SNILS_TAKEN"


@pytest.mark.parametrize(
	("row", "code"),
	[
		({"kind": "OMS", "number": "7700001234567894"}, "POLICY_NUMBER_INVALID"),
		(
			{"kind": "DMS", "number": "A-1", "valid_from": "2026-02-01", "valid_to": "2026-01-01"},
			"POLICY_DATES_INVALID",
		),
	],
)
def test_wrong_policies(site, make, row, code):
	with pytest.raises(Refusal) as refused:
		make.patient(policies=[row])
	assert refused.value.code == code


def test_a_patient_is_no_relative_of_himself(site, make):
	card = make.patient()
	card.append("relations", {"relation": "Other", "patient": card.name})
	with pytest.raises(Refusal) as refused:
		card.save()
	assert refused.value.code == "RELATION_TO_SELF"


def test_many_at_once_make_one_card(site, profile, phone):
	def book(_number):
		frappe.init(site=profile.site, sites_path=str(profile.sites), force=True)
		frappe.connect()
		try:
			# An old snapshot, as a request has that began before the others committed.
			frappe.db.count("Patient")
			name = matching.find_or_create(someone(phone)).name
			frappe.db.commit()
			return name
		finally:
			frappe.destroy()

	try:
		with ThreadPoolExecutor(8) as pool:
			names = set(pool.map(book, range(8)))
		assert len(names) == 1
		frappe.db.rollback()
		assert frappe.db.count("Patient", {"mobile": phone}) == 1
	finally:
		frappe.db.delete("Patient", {"mobile": phone})
		frappe.db.commit()
