"""Consents taken at the desk: ticked and signed on the screen, or signed on the printed form (F41)."""

import frappe
from frappe import _

from lab_crm.privacy import consents
from lab_crm.utils.errors import Refusal
from lab_crm.utils.rights import require

MOST_EVIDENCE = 500


@frappe.whitelist()
def offered(patient: str) -> dict[str, list[dict]]:
	"""Return the consents that a patient may give, with what is given already.

	Args:
		patient: name of the Patient.

	Returns:
		`consents`: [{purpose, title, short_text, version, required, active}].

	Raises:
		frappe.PermissionError: the user may not take consents, or not see this patient.
	"""
	_check(patient)
	given, _withdrawn = consents.states(patient)
	forms = consents.published_forms()
	return {
		"consents": [
			{
				"purpose": purpose,
				"title": forms[purpose].title,
				"short_text": forms[purpose].short_text,
				"version": forms[purpose].version,
				"required": bool(forms[purpose].is_required),
				"active": purpose in given,
			}
			for purpose in consents.PURPOSES
			if purpose in forms
		]
	}


@frappe.whitelist(methods=["POST"])
def record(
	patient: str, purposes: str | list, signature: str | None = None, evidence: str | None = None
) -> dict[str, list[str]]:
	"""Record the consents that a patient has just given at the desk.

	Args:
		patient: name of the Patient.
		purposes: those ticked, as a list or as JSON.
		signature: drawn on the screen, a PNG as a data URL.
		evidence: how else it was given: signed on paper.

	Returns:
		`consents`: names of the Consents, those that were active already among them.

	Raises:
		frappe.PermissionError: as `offered`.
		Refusal: PURPOSES_REQUIRED, SIGNATURE_REQUIRED, and as `consents.give`.
	"""
	_check(patient)
	given = frappe.parse_json(purposes)
	if not isinstance(given, list) or not given:
		raise Refusal("PURPOSES_REQUIRED", _("Tick what the patient agrees to"), field="purposes")
	for purpose in given:
		consents.check_purpose(purpose)
	if signature:
		consents.check_signature(signature)
	elif not (evidence or "").strip():
		message = _("The patient signs on the screen, or say how the consent was given")
		raise Refusal("SIGNATURE_REQUIRED", message, field="signature")
	words = (evidence or "").strip()[:MOST_EVIDENCE] or _("Ticked and signed on the screen at the desk")
	docs = [consents.give(patient, one, words, signature=signature) for one in dict.fromkeys(given)]
	return {"consents": [doc.name for doc in docs]}


def _check(patient: str) -> None:
	require("Consent", "create")
	frappe.get_doc("Patient", patient).check_permission("read")
