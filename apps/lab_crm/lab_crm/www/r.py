"""`/r/<token>`: an invitation to a control; one click takes a time, the second books it."""

from typing import Any

import frappe
from frappe import _

from lab_crm.booking import service
from lab_crm.recall import offer
from lab_crm.utils.errors import Refusal
from lab_crm.www import branches, portal_page, texts, words


def get_context(context):
	"""Show the offer behind the link; one that was taken already leads to its booking."""
	portal_page.use_site_language()
	token = str(frappe.form_dict.get("token") or "")
	try:
		found = offer.of(offer.by_token(token))
	except Refusal as refusal:
		context.http_status_code = refusal.http_status_code
		title = _("This link does not open")
		portal_page.set_up(context, title, private=True, recall=None, refusal=refusal.message)
		return
	if found["booking"]:
		_to_booking(found["booking"])
	portal_page.set_up(
		context,
		_("Time for a control"),
		styles=("book",),
		script="recall.js",
		texts=texts.recall(),
		data=for_script(found, token),
		private=True,
		recall=dressed(found),
	)


def dressed(found: dict[str, Any]) -> dict[str, Any]:
	"""Return the offer with its values in words."""
	slots = [{**slot, "when": words.day_time(slot["start"])} for slot in found["slots"]]
	total = words.money(found["total"], found["currency"]) if found["total"] else None
	codes = ",".join(row["service"] for row in found["services"])
	other = f"/book?branch={found['branch']['name']}&services={codes}"
	return {**found, "slots": slots, "total_text": total, "other_url": other}


def for_script(found: dict[str, Any], token: str) -> dict[str, Any]:
	"""Return what choosing and booking need."""
	branch = found["branch"]
	return {
		"token": token,
		"slots": [{"start": slot["start"]} for slot in found["slots"]],
		"services": found["services"],
		"branch_name": branch["branch_name"],
		"address": branch["address"] or "",
		"total": found["total"],
		"offset": branches.offset(branch["timezone"]),
	}


def _to_booking(booking: str) -> None:
	token = service.manage_token(frappe.get_doc("Booking", booking))
	frappe.local.flags.redirect_location = f"/b/{token}"
	raise frappe.Redirect
