"""Consents as their patient sees and changes them in the portal."""

from typing import Any

import frappe
from frappe import _

from lab_crm.privacy import consents
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal

# Exchange with state systems is agreed at the desk, with papers at hand; here it can only be withdrawn.
AT_THE_DESK = (consents.STATE_EXCHANGE,)


def consents_of(patient: str) -> list[dict[str, Any]]:
	"""Return a row a purpose: purpose, slug, short_text, required, active, given_on (ISO 8601 or None).

	Args:
		patient: name of the Patient; the caller has checked whose it is.
	"""
	since = _since(patient)
	forms = consents.published_forms()
	return [
		_row(purpose, forms[purpose], since)
		for purpose in consents.PURPOSES
		if purpose in forms and (purpose in since or purpose not in AT_THE_DESK)
	]


def change(patient: str, purpose: str, given: bool, phone: str, address: str) -> dict[str, Any]:
	"""Give or withdraw one consent, at once; return its row as `consents_of`.

	Args:
		patient: name of the Patient; the caller has checked whose it is.
		purpose: one of `consents.PURPOSES`.
		given: True gives, False withdraws.
		phone: E.164, by which the person has signed in; with a child's card it is the representative's.
		address: where the request came from.

	Raises:
		Refusal: PURPOSE_UNKNOWN, CONSENT_AT_THE_DESK, CONSENT_FORM_MISSING.
	"""
	consents.check_purpose(purpose)
	forms = consents.published_forms()
	if given and purpose in AT_THE_DESK:
		message = _("This consent is given at the desk, with your papers at hand")
		raise Refusal("CONSENT_AT_THE_DESK", message, "purpose")
	if given:
		consents.give(patient, purpose, _("Given in the personal account of {0}, {1}").format(phone, address))
	else:
		evidence = _("Withdrawn in the personal account of {0}, {1}").format(phone, address)
		consents.withdraw(patient, purpose, evidence)
	return _row(purpose, forms.get(purpose, {}), _since(patient))


def _since(patient: str) -> dict[str, str]:
	"""Return purpose → since when it is agreed to (ISO 8601)."""
	rows = frappe.get_all("Consent", {"patient": patient, "status": "Active"}, ["purpose", "given_on"])
	return {row.purpose: clock.to_zone(row.given_on, clock.site_zone()).isoformat() for row in rows}


def _row(purpose: str, form: dict[str, Any], since: dict[str, str]) -> dict[str, Any]:
	return {
		"purpose": purpose,
		"slug": consents.slug(purpose),
		"short_text": form.get("short_text") or "",
		"required": bool(form.get("is_required")),
		"active": purpose in since,
		"given_on": since.get(purpose),
	}
