"""`/b/<token>`: a booking by its link."""

from typing import Any

import frappe
from frappe import _

from lab_crm.booking import service, view
from lab_crm.patients import phones
from lab_crm.utils.errors import Refusal
from lab_crm.www import branches, portal_page, texts, words

OPEN = ("Held", "Booked", "Confirmed", "Checked In")
TONES = {"Cancelled": "off", "No Show": "warn", "Completed": "good"}


def get_context(context):
	"""Show the booking of the link; a link that is none gets a page with ways on."""
	portal_page.use_site_language()
	token = str(frappe.form_dict.get("token") or "")
	try:
		booking = view.of(frappe.get_doc("Booking", service.by_token(token)))
	except Refusal as refusal:
		context.http_status_code = refusal.http_status_code
		portal_page.set_up(
			context, _("This link does not open"), private=True, booking=None, refusal=refusal.message
		)
		return
	shown = dressed(booking, token)
	portal_page.set_up(
		context,
		_title(shown),
		styles=("book",),
		script="manage.js" if shown["can_change"] else None,
		texts=texts.manage(),
		data=for_script(booking, token),
		private=True,
		booking=shown,
		done=frappe.form_dict.get("done"),
	)


def _title(shown: dict[str, Any]) -> str:
	if shown["offer_until"]:
		return _("The time you are waiting for is free")
	if shown["status"] == "Held":
		return shown["status_text"]
	return _("You are booked") if shown["is_open"] else shown["status_text"]


def dressed(booking: dict[str, Any], token: str) -> dict[str, Any]:
	"""Return the booking with its values in words."""
	branch = booking["branch"]
	return {
		**booking,
		"name": booking["booking"],
		"branch": {**branch, "phone_text": phones.show(branch["phone"]) if branch["phone"] else ""},
		"when": words.day_time(booking["start"]),
		"is_open": booking["status"] in OPEN,
		"kept_until": words.day_time(booking["offer_until"]) if booking["offer_until"] else None,
		"status_text": texts.booking_statuses()[booking["status"]],
		"tone": TONES.get(booking["status"], ""),
		"prepayment_text": words.money(booking["prepayment"], booking["currency"])
		if booking["prepayment"]
		else None,
		"total_text": words.money(booking["total"], booking["currency"]) if booking["total"] else None,
		"calendar_url": f"/api/method/lab_crm.api.booking.calendar?token={token}",
	}


def for_script(booking: dict[str, Any], token: str) -> dict[str, Any]:
	"""Return what moving and cancelling need."""
	branch = frappe.get_cached_doc("Lab Branch", booking["branch"]["name"])
	return {
		"token": token,
		"start": booking["start"],
		"branch": branch.name,
		"phone": branch.phone,
		"horizon_days": branch.horizon_days,
		"offset": branches.offset(branch.timezone),
		"services": [row["service"] for row in booking["services"]],
		"can_change": booking["can_change"],
	}
