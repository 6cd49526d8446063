"""Consents taken at the desk: ticked and signed, printed, kept with their evidence."""

import base64
import json

import frappe
import pytest

from lab_crm.privacy import consents, desk, paper
from lab_crm.utils.errors import Refusal

SIGNATURE = "data:image/png;base64," + base64.b64encode(b"generated drawing " * 8).decode()
FIRST_VISIT = [consents.PERSONAL, consents.MEDICAL]


def refused(code: str, function, *given, **named) -> None:
	with pytest.raises(Refusal) as caught:
		function(*given, **named)
	assert caught.value.code == code, caught.value.message


@pytest.fixture
def patient(site, make):
	return make.patient().name


def test_ticked_and_signed_on_the_screen(patient, as_user):
	with as_user("Lab Receptionist"):
		made = desk.record(patient, json.dumps(FIRST_VISIT), SIGNATURE)["consents"]
	docs = [frappe.get_doc("Consent", name) for name in made]
	assert {doc.purpose for doc in docs} == set(FIRST_VISIT)
	assert all(doc.signature == SIGNATURE and "экран" in doc.evidence for doc in docs)
	assert all(doc.form and doc.given_on for doc in docs)


def test_signed_on_paper_says_so(patient):
	[name] = desk.record(patient, [consents.SERVICE], evidence="Подписано на бумаге")["consents"]
	doc = frappe.get_doc("Consent", name)
	assert (doc.signature, doc.evidence) == (None, "Подписано на бумаге")


def test_what_is_not_signed_is_no_consent(patient):
	refused("SIGNATURE_REQUIRED", desk.record, patient, FIRST_VISIT)
	refused("PURPOSES_REQUIRED", desk.record, patient, [], SIGNATURE)
	refused("PURPOSE_UNKNOWN", desk.record, patient, ["Anything"], SIGNATURE)
	for wrong in ("data:text/html;base64," + "A" * 80, "data:image/png;base64,x", 'x" onerror="alert(1)'):
		refused("SIGNATURE_WRONG", desk.record, patient, FIRST_VISIT, wrong)
	assert consents.states(patient) == (set(), set())


def test_what_is_given_is_not_offered_twice(patient):
	desk.record(patient, FIRST_VISIT, SIGNATURE)
	rows = {row["purpose"]: row for row in desk.offered(patient)["consents"]}
	assert rows[consents.PERSONAL]["active"] and rows[consents.PERSONAL]["required"]
	assert not rows[consents.MARKETING]["active"]
	again = desk.record(patient, FIRST_VISIT, SIGNATURE)["consents"]
	assert frappe.db.count("Consent", {"patient": patient}) == len(again) == 2


def test_who_may_not_take_consents(patient, as_user):
	with as_user("Lab Marketer"):
		for call in (lambda: desk.offered(patient), lambda: desk.record(patient, FIRST_VISIT, SIGNATURE)):
			with pytest.raises(frappe.PermissionError):
				call()


def test_each_consent_is_a_paper_of_its_own(patient):
	papers = paper.consent_papers(frappe.get_doc("Patient", patient))
	assert len(papers) == len(consents.published_forms())
	desk.record(patient, FIRST_VISIT, SIGNATURE)
	left = paper.consent_papers(frappe.get_doc("Patient", patient))
	assert len(left) == len(papers) - 2
	html = frappe.get_print("Patient", patient, print_format="Consent Papers")
	assert html.count('class="consent"') == len(left)
	assert "Паспорт" in html and "Тестова" in html


def test_what_was_signed_is_printed_with_the_signature_and_its_withdrawal(patient):
	[name] = desk.record(patient, [consents.MARKETING], SIGNATURE)["consents"]
	html = frappe.get_print("Consent", name, print_format="Consent")
	assert SIGNATURE in html and name in html and "Отозвано" not in html
	consents.withdraw(patient, consents.MARKETING, "заявление")
	assert "Отозвано" in frappe.get_print("Consent", name, print_format="Consent")


def test_the_scan_is_private_and_never_replaced(patient):
	[name] = desk.record(patient, [consents.SERVICE], SIGNATURE)["consents"]
	doc = frappe.get_doc("Consent", name)
	doc.signed_file = "/files/scan.pdf"
	refused("EVIDENCE_PUBLIC", doc.save)
	doc = frappe.get_doc("Consent", name)
	doc.signed_file = "/private/files/scan.pdf"
	doc.save()
	doc.signed_file = "/private/files/other.pdf"
	refused("EVIDENCE_KEPT", doc.save)
