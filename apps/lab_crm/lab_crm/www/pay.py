"""`/pay/<token>`: the prepayment of a booking; offer accepted, paid, too late or not needed any more."""

from datetime import datetime
from typing import Any

import frappe
from babel.dates import format_date
from frappe import _

from lab_crm.booking import view
from lab_crm.erp import links, payments, providers
from lab_crm.erp.providers import offline
from lab_crm.utils.errors import Refusal
from lab_crm.www import portal_page, texts, words
from lab_crm.www.b import dressed


def get_context(context):
	"""Show what the link stands for, by its state."""
	portal_page.use_site_language()
	token = str(frappe.form_dict.get("token") or "")
	try:
		link = frappe.get_doc(links.DOCTYPE, links.by_token(token))
	except Refusal as refusal:
		context.http_status_code = refusal.http_status_code
		title = _("This link does not open")
		portal_page.set_up(context, title, private=True, payment=None, refusal=refusal.message)
		return
	doc = frappe.get_doc("Booking", link.booking)
	payment = shown(link, doc)
	confirmed = _confirmation(link, payment["state"])
	is_open = payment["state"] == links.OPEN
	portal_page.set_up(
		context,
		_title(payment["state"], bool(confirmed)),
		styles=("book",),
		script="pay.js" if is_open else None,
		texts=texts.pay(),
		data={"token": token, "offer": payment["offer"] and payment["offer"].name, "notice": confirmed},
		private=True,
		payment=payment,
		is_trial=bool(confirmed),
	)


def shown(link, doc) -> dict[str, Any]:
	"""Return a payment with its values in words: when and where, and the sum.

	Whoever was sent this link may pay: what was booked, and the right to change it, is not theirs to know.
	"""
	branch = frappe.get_cached_doc("Lab Branch", doc.branch)
	return {
		"state": links.state(link, doc),
		"booking": _place(doc),
		"amount_text": words.money(float(link.amount), link.currency),
		"until_text": _hour(view.local(doc.hold_until, branch)) if doc.hold_until else None,
		"offer": links.offer(),
		"refund_text": _refund(link),
	}


def _place(doc) -> dict[str, Any]:
	shown = dressed(view.of(doc), "")
	return {"when": shown["when"], "branch": shown["branch"]}


def _hour(until: datetime) -> str:
	"""Return "14:04" for today, "09:30, 26 ноября" for another day."""
	if until.date() == datetime.now(until.tzinfo).date():
		return f"{until:%H:%M}"
	return f"{until:%H:%M}, {format_date(until.date(), 'd MMMM', locale=frappe.local.lang)}"


def _refund(link) -> str | None:
	"""The money of this link that waits to go back."""
	filters = {"link": link.name, "status": payments.TO_REFUND}
	rows = frappe.get_all(payments.DOCTYPE, filters, ["amount", "currency"])
	return words.money(float(sum(row.amount for row in rows)), rows[0].currency) if rows else None


def _confirmation(link, state: str) -> dict[str, str] | None:
	"""What the local page of the offline provider sends; None when this is not that page."""
	token = str(frappe.form_dict.get("confirm") or "")
	if not token or state != links.OPEN or providers.chosen() != offline.NAME:
		return None
	if not link.payment_id or offline.confirmed_by(token) != link.payment_id:
		return None
	return offline.notice(link.payment_id, link.name, payments.exact(link.amount), link.currency)


def _title(state: str, is_trial: bool) -> str:
	if is_trial:
		return _("Trial payment")
	return {
		links.OPEN: _("Prepayment of the booking"),
		links.PAID: _("The prepayment is received"),
		links.EXPIRED: _("The time to pay is over"),
		links.CANCELLED: _("The booking is cancelled"),
		links.NOT_NEEDED: _("There is nothing to pay"),
	}[state]
