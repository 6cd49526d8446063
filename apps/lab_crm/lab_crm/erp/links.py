"""Links by which patients pay: one open link a booking, and what its page shows."""

from typing import Any

import frappe
from frappe import _
from frappe.utils import get_url

from lab_crm.erp import providers
from lab_crm.utils import clock, tokens
from lab_crm.utils.errors import Refusal
from lab_crm.utils.once import insert_once

DOCTYPE = "Payment Request Link"
TOKEN = "payment"
# The page still says what became of the booking long after the hold.
TOKEN_DAYS = 60
OPEN, PAID, EXPIRED, CANCELLED, NOT_NEEDED = "open", "paid", "expired", "cancelled", "not needed"


def of(booking):
	"""Return the open link of a held booking that waits for a prepayment, made if there is none; None when
	there is nothing to pay or no way to pay online.

	Args:
		booking: the Booking document.
	"""
	if booking.status != "Held" or not booking.prepayment or not providers.chosen():
		return None
	known = frappe.db.get_value(DOCTYPE, {"open_key": booking.name})
	return frappe.get_doc(DOCTYPE, known) if known else insert_once(_new(booking), "open_key")


def _new(booking):
	doc = frappe.new_doc(DOCTYPE)
	doc.update(
		{
			"booking": booking.name,
			"patient": booking.patient,
			"branch": booking.branch,
			"amount": booking.prepayment - (booking.paid or 0),
			"currency": booking.services[0].currency or "RUB",
			"valid_until": booking.hold_until,
			"open_key": booking.name,
		}
	)
	return doc


def url(link) -> str:
	"""Return the address of a link's page."""
	return get_url(f"/pay/{tokens.issue(TOKEN, link.name, TOKEN_DAYS)}")


def url_of(booking) -> str | None:
	"""Return where the prepayment of a booking is paid; None as `of`."""
	link = of(booking)
	return url(link) if link else None


def known_url(booking) -> str | None:
	"""Return the address of the link that a booking has already; for pages, which write nothing."""
	name = booking.status == "Held" and frappe.db.get_value(DOCTYPE, {"open_key": booking.name})
	return url(frappe.get_doc(DOCTYPE, name)) if name else None


def by_token(token: str) -> str:
	"""Return the name of the link that a token stands for.

	Raises:
		Refusal: LINK_INVALID (404), alike for an altered, expired or foreign one.
	"""
	name = tokens.read(TOKEN, token)
	if not name or not frappe.db.exists(DOCTYPE, name):
		raise Refusal("LINK_INVALID", _("The link is wrong or out of date"), field="token", status=404)
	return name


def state(link, booking) -> str:
	"""Return what the patient can do: pay (OPEN), or nothing any more and why."""
	if booking.status == "Cancelled":
		return EXPIRED if booking.cancelled_by == "System" else CANCELLED
	if link.status == "Paid":
		return PAID
	if booking.status != "Held":
		return NOT_NEEDED
	return OPEN if booking.hold_until and booking.hold_until > clock.now() else EXPIRED


def close(booking: str, status: str) -> None:
	"""Close the open link of a booking, if there is one.

	Args:
		booking: name of the Booking.
		status: Paid, Expired or Cancelled.
	"""
	name = frappe.db.get_value(DOCTYPE, {"open_key": booking}, for_update=True)
	if name:
		values: dict[str, Any] = {"status": status, "open_key": None}
		frappe.db.set_value(DOCTYPE, name, values)


def offer():
	"""Return the offer that patients accept now, as a row with name, version, title, short_text, text."""
	fields = ["name", "version", "title", "short_text", "text"]
	rows = frappe.get_all("Payment Offer", {"status": "Published"}, fields, limit=1)
	return rows[0] if rows else None
