"""Consents as their patient sees and changes them in the portal."""

from typing import Any

import frappe

from lab_crm.privacy import consents
from lab_crm.utils import clock

# Exchange with state systems is agreed at the desk, with the person's papers at hand; here it can only be withdrawn.
AT_THE_DESK = (consents.STATE_EXCHANGE,)


def consents_of(patient: str) -> list[dict[str, Any]]:
	"""Return a row a purpose: purpose, slug, short_text, required, active, given_on (ISO 8601 or None).

	Args:
		patient: name of the Patient; the caller has checked whose it is.
	"""
	filters = {"patient": patient, "status": "Active"}
	rows = frappe.get_all("Consent", filters, ["purpose", "given_on"])
	since = {row.purpose: clock.to_zone(row.given_on, clock.site_zone()).isoformat() for row in rows}
	forms = consents.published_forms()
	return [
		{
			"purpose": purpose,
			"slug": consents.slug(purpose),
			"short_text": forms[purpose]["short_text"],
			"required": bool(forms[purpose]["is_required"]),
			"active": purpose in since,
			"given_on": since.get(purpose),
		}
		for purpose in consents.PURPOSES
		if purpose in forms and (purpose in since or purpose not in AT_THE_DESK)
	]
