"""Paying a prepayment: what is due by a link, the beginning of a payment, and the providers' webhook."""

from typing import Any

import frappe
from frappe import _
from typing_extensions import TypedDict

from lab_crm.api import rate
from lab_crm.api.arguments import Code, Text, Token
from lab_crm.api.endpoint import endpoint
from lab_crm.erp import links, payments
from lab_crm.utils.errors import Refusal


class Due(TypedDict):
	"""A payment as its patient sees it: `state` is open, paid, expired, cancelled or not needed."""

	state: str
	booking: str
	amount: float
	currency: str
	offer: str | None


@endpoint(guest=True, rate=(120, 60))
def get_payment(token: Token) -> Due:
	"""Return what is to be paid behind a link."""
	link = frappe.get_doc(links.DOCTYPE, links.by_token(token))
	offer: Any = links.offer()
	return {
		"state": links.state(link, frappe.get_doc("Booking", link.booking)),
		"booking": link.booking,
		"amount": float(link.amount),
		"currency": link.currency,
		"offer": offer.name if offer else None,
	}


@endpoint(guest=True, methods=("POST",), rate=(20, 600))
def start(token: Token, offer: Code) -> dict[str, str]:
	"""Accept the offer and begin the payment; the answer says where to confirm it."""
	return {"url": payments.start(links.by_token(token), offer, rate.client_address())}


@endpoint(guest=True, methods=("POST",), rate=(600, 60))
def notification(provider: Text | None = None) -> dict[str, bool]:
	"""Take a provider's webhook: signed, and the same call twice is one payment. The provider's name stands
	in the address (`?provider=…`) or in the body.
	"""
	name = provider or frappe.request.args.get("provider")
	if not name:
		raise Refusal("PROVIDER_UNKNOWN", _("The provider is not named"), field="provider", status=404)
	payments.notified(name, frappe.request.headers, frappe.request.get_data())
	return {"accepted": True}
