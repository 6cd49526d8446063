"""Consents on paper: what a patient is given to sign, and what was signed on the screen."""

from typing import Any

import frappe
from frappe import _
from frappe.utils import formatdate, get_datetime

from lab_crm.patients import phones
from lab_crm.privacy import consents

PATIENT = ("full_name", "birth_date", "mobile")


def consent_papers(doc) -> list[dict[str, Any]]:
	"""Return the papers to print, each a text of its own on its own page; called by the print formats.

	Args:
		doc: a Patient (the published texts that he has not agreed to yet, to be signed by hand), or a Consent
			(the text it was given to, with the signature).
	"""
	if doc.doctype == "Consent":
		return [_paper(doc.form, _person(doc.patient), doc)]
	given, _withdrawn = consents.states(doc.name)
	forms = consents.published_forms()
	wanted = [purpose for purpose in consents.PURPOSES if purpose in forms and purpose not in given]
	return [_paper(forms[purpose].name, _person(doc.name)) for purpose in wanted]


def _person(patient: str) -> dict[str, str]:
	row = frappe.db.get_value("Patient", patient, PATIENT, as_dict=True)
	birth = formatdate(row.birth_date, "dd.MM.yyyy") if row.birth_date else ""
	return {
		"name": row.full_name,
		"birth_date": birth,
		"phone": phones.show(row.mobile) if row.mobile else "",
	}


def _paper(form: str, person: dict[str, str], consent=None) -> dict[str, Any]:
	text = frappe.get_cached_doc("Consent Form", form)
	paper = {
		"title": text.title,
		"version": _("Version {0}").format(text.version),
		"text_html": text.text,
		"short_text": text.short_text,
		"person": person,
		"number": consent.name if consent else "",
		"signature": "",
	}
	if not consent:
		return paper
	signed = (
		consent.signature if consent.signature and consents.SIGNATURE.fullmatch(consent.signature) else ""
	)
	withdrawn = get_datetime(consent.withdrawn_on) if consent.withdrawn_on else None
	return {
		**paper,
		"signature": signed,
		"given_on": f"{get_datetime(consent.given_on):%d.%m.%Y %H:%M}",
		"evidence": consent.evidence,
		"withdrawn_on": f"{withdrawn:%d.%m.%Y %H:%M}" if withdrawn else "",
	}
