"""Consents, their texts and the access log on a site."""

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import frappe
import pytest

from lab_crm.privacy import access_log, consents
from lab_crm.privacy.access_log import MedicalRecord
from lab_crm.utils.errors import Refusal


def events_of(patient: str, event: str) -> int:
	return frappe.db.count("Journey Event", {"patient": patient, "event": event})


def test_every_purpose_has_a_published_starter_text(site):
	forms = consents.published_forms()
	assert set(forms) == set(consents.PURPOSES)
	assert all(form.short_text and form.version for form in forms.values())


def test_a_consent_given_twice_is_one(site, make):
	patient = make.patient().name
	first = consents.give(patient, consents.SERVICE, "отметка на сайте")
	assert consents.give(patient, consents.SERVICE, "ещё одна отметка").name == first.name
	assert consents.has(patient, consents.SERVICE)
	assert not consents.has(patient, consents.MARKETING)
	assert events_of(patient, "consent.given") == 1


def test_withdrawal_ends_it_and_keeps_the_evidence(site, make):
	patient = make.patient().name
	given = consents.give(patient, consents.MARKETING, "подпись")
	assert consents.withdraw(patient, consents.MARKETING, "личный кабинет")
	assert not consents.withdraw(patient, consents.MARKETING, "личный кабинет")
	stored = frappe.get_doc("Consent", given.name)
	assert (stored.status, stored.evidence) == ("Withdrawn", "подпись")
	assert stored.withdrawn_on
	assert consents.states(patient) == (set(), {consents.MARKETING})
	assert events_of(patient, "consent.withdrawn") == 1


def test_a_withdrawn_consent_can_be_given_anew(site, make):
	patient = make.patient().name
	first = consents.give(patient, consents.MARKETING, "подпись")
	consents.withdraw(patient, consents.MARKETING, "телефон")
	assert consents.give(patient, consents.MARKETING, "подпись").name != first.name
	assert consents.states(patient) == ({consents.MARKETING}, set())


def test_many_patients_at_once(site, make):
	anna, inna = make.patient().name, make.patient().name
	consents.give_all(anna, [consents.PERSONAL, consents.MEDICAL, consents.PERSONAL], "подпись")
	assert consents.given_by([anna, inna]) == {anna: {consents.PERSONAL, consents.MEDICAL}, inna: set()}


def test_unknown_purpose(site, make):
	with pytest.raises(Refusal) as refused:
		consents.give(make.patient().name, "Anything", "подпись")
	assert refused.value.code == "PURPOSE_UNKNOWN"


def test_a_consent_is_never_edited_or_deleted(site, make):
	consent = consents.give(make.patient().name, consents.SERVICE, "подпись")
	consent.evidence = "другое"
	with pytest.raises(frappe.CannotChangeConstantError):
		consent.save()
	with pytest.raises(Refusal):
		frappe.delete_doc("Consent", consent.name)


def test_the_desk_is_told_of_a_second_consent(site, make, as_user):
	patient = make.patient().name
	consents.give(patient, consents.SERVICE, "подпись")
	with as_user("Lab Receptionist"), pytest.raises(Refusal) as refused:
		doc = frappe.new_doc("Consent")
		doc.update({"patient": patient, "purpose": consents.SERVICE, "evidence": "подпись"})
		doc.insert()
	assert refused.value.code == "CONSENT_EXISTS"


def test_withdrawing_at_the_desk_needs_a_word_how(site, make, as_user):
	patient = make.patient().name
	consent = consents.give(patient, consents.SERVICE, "подпись")
	with as_user("Lab Receptionist"):
		with pytest.raises(Refusal) as refused:
			consent.withdraw_at_desk(" ")
		assert refused.value.code == "EVIDENCE_REQUIRED"
		consent.withdraw_at_desk("просьба по телефону")
	assert not consents.has(patient, consents.SERVICE)


def test_a_published_text_is_frozen_and_versioned(site):
	first = frappe.get_doc("Consent Form", {"purpose": consents.MARKETING, "status": "Published"})
	first.text += "<p>Ещё</p>"
	with pytest.raises(Refusal) as refused:
		first.save()
	assert refused.value.code == "CONSENT_FORM_PUBLISHED"
	first.reload()
	draft = frappe.get_doc("Consent Form", first.new_version())
	assert (draft.version, draft.status) == (first.version + 1, "Draft")
	draft.publish()
	assert frappe.db.get_value("Consent Form", first.name, "status") == "Retired"
	assert consents.published_forms()[consents.MARKETING].name == draft.name
	with pytest.raises(Refusal):
		draft.publish()


def test_without_a_published_text_nothing_can_be_agreed_to(site, make):
	frappe.db.set_value("Consent Form", {"purpose": consents.MARKETING}, "status", "Retired")
	with pytest.raises(Refusal) as refused:
		consents.give(make.patient().name, consents.MARKETING, "подпись")
	assert refused.value.code == "CONSENT_FORM_MISSING"


def test_many_ticks_at_once_make_one_consent(site, make, profile):
	patient = make.patient().name
	frappe.db.commit()

	def tick(_number):
		frappe.init(site=profile.site, sites_path=str(profile.sites), force=True)
		frappe.connect()
		try:
			frappe.db.count("Consent")
			name = consents.give(patient, consents.SERVICE, "отметка").name
			frappe.db.commit()
			return name
		finally:
			frappe.destroy()

	try:
		with ThreadPoolExecutor(6) as pool:
			assert len(set(pool.map(tick, range(6)))) == 1
		frappe.db.rollback()
		assert frappe.db.count("Consent", {"patient": patient}) == 1
		assert events_of(patient, "consent.given") == 1
	finally:
		for doctype in ("Consent", "Journey Event"):
			frappe.db.delete(doctype, {"patient": patient})
		frappe.db.delete("Patient", {"name": patient})
		frappe.db.commit()


class Card(MedicalRecord):
	"""A stand-in for a medical document: a patient's card read as one."""


@pytest.fixture
def card(site, make):
	patient = make.patient()
	document = Card(patient.as_dict())
	document.patient = patient.name
	return document


@pytest.fixture
def request_of(site):
	def pretend(path: str):
		frappe.local.request = SimpleNamespace(path=path)
		frappe.local.request_ip = "203.0.113.5"

	return pretend


def rows_of(card):
	fields = ["patient", "user", "action", "ip_address"]
	rows = frappe.get_all("Patient Access Log", filters={"document_name": card.name}, fields=fields)
	return [tuple(row.values()) for row in rows]


@pytest.mark.parametrize(
	("path", "action"),
	[
		("/api/method/frappe.desk.form.load.getdoc", "View"),
		("/api/resource/Lab Result/RES-1", "API"),
		("/api/method/frappe.client.get", "API"),
	],
)
def test_one_read_by_staff_is_one_row(card, as_user, request_of, path, action):
	request_of(path)
	with as_user("Lab Nurse") as nurse:
		card.apply_fieldlevel_read_permissions()
	assert rows_of(card) == [(card.patient, nurse, action, "203.0.113.5")]
	assert frappe.local.flags.commit


def test_print_is_logged(card, as_user, request_of):
	request_of("/printview")
	with as_user("Lab Nurse"):
		card.before_print()
	assert [row[2] for row in rows_of(card)] == ["Print"]


def test_jobs_and_patients_are_no_staff_reads(card, as_user, request_of):
	card.apply_fieldlevel_read_permissions()
	request_of("/api/method/lab_crm.api.portal.my_results")
	with as_user("Guest"):
		assert not access_log.is_staff_request()
	assert rows_of(card) == []


def test_the_log_is_append_only(site, make):
	patient = make.patient().name
	access_log.record(patient, "Patient", patient, access_log.VIEW)
	row = frappe.get_last_doc("Patient Access Log", {"patient": patient})
	row.action = "Print"
	with pytest.raises(Refusal):
		row.save()
	with pytest.raises(Refusal):
		row.delete()
