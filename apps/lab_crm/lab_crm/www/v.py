"""`/v/<token>`: is this results document genuine? Says so without telling what is in it."""

from typing import Any

import frappe
from frappe import _

from lab_crm.laboratory import verification
from lab_crm.www import portal_page, words


def get_context(context):
	"""Show what confirms the document of the token."""
	portal_page.use_site_language()
	found = verification.describe(str(frappe.form_dict.get("token") or ""))
	if not found:
		context.http_status_code = 404
		refusal = _("We have not issued such a document, or the time in which it can be checked is over.")
		portal_page.set_up(context, _("Check of a document"), private=True, document=None, refusal=refusal)
		return
	portal_page.set_up(context, _("Check of a document"), private=True, document=dressed(found))


def dressed(found: dict[str, Any]) -> dict[str, Any]:
	"""Return the answer in words: verdict, advice, facts."""
	verdict, advice = _verdict(found)
	facts = [
		(_("Document number"), found["number"]),
		(_("Patient"), ", ".join(str(part) for part in (found["patient"], found["birth_year"]) if part)),
		(_("Issued"), words.full_time(found["reported_at"])),
		(_("Laboratory"), found["laboratory"]),
		(_("Licence"), found["licence"]),
	]
	return {**found, "verdict": verdict, "advice": advice, "facts": [fact for fact in facts if fact[1]]}


def _verdict(found: dict[str, Any]) -> tuple[str, str]:
	if found["is_cancelled"]:
		return _("We issued this document and cancelled it"), _("Do not use it. Ask us what to do next.")
	if found["is_replaced"]:
		return _("The document is genuine, but there is a newer one"), _(
			"Ask the patient for the newer result."
		)
	if not found["is_final"]:
		return _("The document is genuine and preliminary"), _("The final result may differ.")
	return _("The document is genuine"), ""
