"""Whose cards a phone opens: its own, and those of the people its holder represents; nobody else's."""

from datetime import timedelta

import frappe
import pytest

from lab_crm.patients import portal_access
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal
from tests.support.factories import random_digits


def names(mobile: str) -> list[str]:
	return [card.name for card in portal_access.cards_of_phone(mobile)]


def born(years: int) -> str:
	"""A birth date of somebody who turned so many years old some days ago."""
	return str((clock.now() - timedelta(days=years * 365.25 + 10)).date())


def ward(make, representative, relation="Mother", legal=1, **fields):
	row = {"relation": relation, "patient": representative.name, "is_legal_representative": legal}
	return make.patient(relations=[row], **{"mobile": None, "birth_date": born(7), **fields})


def test_twins_and_a_parent_on_one_phone_are_a_choice_the_eldest_first(make):
	mother = make.patient()
	twins = [make.patient(mobile=mother.mobile, first_name=name, birth_date=born(7)) for name in "АБ"]
	found = names(mother.mobile)
	assert found[0] == mother.name and sorted(found[1:]) == sorted(twin.name for twin in twins)


def test_a_representative_sees_the_child_on_another_phone_and_not_the_other_way_round(make):
	father = make.patient(sex="Male")
	child = ward(make, father, "Father", mobile=f"+7900{random_digits(7)}")
	assert names(father.mobile) == [father.name, child.name]
	assert names(child.mobile) == [child.name]


def test_a_relative_who_represents_nobody_sees_nobody(make):
	aunt = make.patient()
	ward(make, aunt, "Other", legal=0)
	assert names(aunt.mobile) == [aunt.name]


def test_a_representative_of_a_representative_gets_nothing(make):
	grandmother = make.patient()
	mother = ward(make, grandmother, "Guardian", birth_date=born(40), mobile=f"+7900{random_digits(7)}")
	ward(make, mother)
	assert names(grandmother.mobile) == [grandmother.name, mother.name]


@pytest.mark.parametrize(
	("relation", "years", "seen"),
	[("Mother", 17, True), ("Mother", 18, False), ("Guardian", 18, True)],
)
def test_a_parent_represents_until_the_child_is_of_age_a_guardian_beyond(make, relation, years, seen):
	elder = make.patient()
	child = ward(make, elder, relation, birth_date=born(years))
	assert (child.name in names(elder.mobile)) is seen


def test_the_dead_and_an_empty_phone_open_nothing(make):
	gone = make.patient(status="Deceased")
	make.patient(mobile=None)
	assert names(gone.mobile) == []
	assert portal_access.cards_of_phone(None) == portal_access.cards_of_phone("") == []


def test_an_account_is_made_once_and_follows_the_phone(make):
	patient, mobile = make.patient(), f"+7900{random_digits(7)}"
	account = portal_access.account_of(patient.mobile)
	assert portal_access.account_of(patient.mobile) == account
	user = frappe.get_doc("User", account)
	assert (user.user_type, [row.role for row in user.roles]) == ("Website User", [portal_access.ROLE])
	assert patient.mobile.removeprefix("+") not in account + user.full_name and user.user_image
	assert frappe.db.get_value("Patient", patient.name, "user") == account
	old = patient.mobile
	frappe.db.set_value("Patient", patient.name, "mobile", mobile)
	portal_access.account_of(old)
	assert not frappe.db.get_value("Patient", patient.name, "user")


def test_the_framework_limit_of_new_users_does_not_stop_patients(make, monkeypatch):
	with monkeypatch.context() as patched:
		patched.setattr(frappe.db, "get_creation_count", lambda *_given: 10_000)
		account = portal_access.account_of(make.patient().mobile)
	assert frappe.db.exists("User", account)


def test_a_closed_account_stays_closed(make):
	patient = make.patient()
	frappe.db.set_value("User", portal_access.account_of(patient.mobile), "enabled", 0)
	with pytest.raises(Refusal) as refused:
		portal_access.account_of(patient.mobile)
	assert refused.value.code == "ACCOUNT_CLOSED"


def test_staff_who_write_a_patients_phone_into_their_own_account_see_nothing(make, as_user):
	patient = make.patient()
	account = portal_access.account_of(patient.mobile)
	with as_user("Lab Receptionist") as user:
		frappe.db.set_value("User", user, "phone", patient.mobile)
		assert portal_access.own_cards() == []
		with pytest.raises(Refusal) as refused:
			portal_access.chosen(patient.name)
		assert refused.value.http_status_code == 404
	with as_user(account):
		assert portal_access.chosen(patient.name) == [patient.name]
