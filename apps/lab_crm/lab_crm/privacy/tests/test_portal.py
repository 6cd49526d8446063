"""Consents in the personal account: a purpose each, at once, with the evidence who did it and from where."""

import frappe
import pytest

from lab_crm.privacy import consents, portal
from lab_crm.utils.errors import Refusal

BY = ("+79000000101", "203.0.113.5")


def row(patient: str, purpose: str) -> dict:
	return next(each for each in portal.consents_of(patient) if each["purpose"] == purpose)


def test_given_and_withdrawn_with_evidence(make):
	patient = make.patient().name
	assert portal.change(patient, consents.MARKETING, True, *BY)["active"]
	assert row(patient, consents.MARKETING)["active"] and consents.has(patient, consents.MARKETING)
	assert not portal.change(patient, consents.MARKETING, False, *BY)["active"]
	assert not consents.has(patient, consents.MARKETING)
	fields = ["status", "evidence", "withdrawal_evidence", "form"]
	(kept,) = frappe.get_all("Consent", {"patient": patient, "purpose": consents.MARKETING}, fields)
	assert kept.status == "Withdrawn" and kept.form
	assert all(part in kept.evidence and part in kept.withdrawal_evidence for part in BY)


def test_one_purpose_changes_no_other(make):
	patient = make.patient().name
	portal.change(patient, consents.MARKETING, True, *BY)
	assert {each["purpose"] for each in portal.consents_of(patient) if each["active"]} == {consents.MARKETING}


def test_exchange_with_state_systems_is_given_at_the_desk_and_withdrawn_anywhere(make):
	patient = make.patient().name
	with pytest.raises(Refusal) as refused:
		portal.change(patient, consents.STATE_EXCHANGE, True, *BY)
	assert refused.value.code == "CONSENT_AT_THE_DESK"
	assert consents.STATE_EXCHANGE not in {each["purpose"] for each in portal.consents_of(patient)}
	consents.give(patient, consents.STATE_EXCHANGE, "signed on paper")
	assert row(patient, consents.STATE_EXCHANGE)["active"]
	assert portal.change(patient, consents.STATE_EXCHANGE, False, *BY)["active"] is False


def test_an_unknown_purpose_is_refused(make):
	with pytest.raises(Refusal) as refused:
		portal.change(make.patient().name, "Everything", True, *BY)
	assert refused.value.code == "PURPOSE_UNKNOWN"
