"""Payments of patients: begun with the offer accepted, reported by the provider's webhook, never lost.

Money that comes for a booking that waits for it books it. Whatever else comes (too late, twice, of another
amount) is kept as the patient's credit to be refunded, where the staff see it.
"""

from collections.abc import Mapping
from decimal import Decimal

import frappe
from frappe import _

from lab_crm.booking import attendance, service
from lab_crm.erp import links, providers, unused
from lab_crm.erp.providers.base import SUCCEEDED, Charge, Notification
from lab_crm.journey import events
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal
from lab_crm.utils.once import insert_once

DOCTYPE = "Patient Payment"
APPLIED, TO_REFUND, REFUNDED = "Applied", "To Refund", "Refunded"


def exact(amount: float) -> Decimal:
	"""Return an amount of the database as exact money."""
	return Decimal(str(amount or 0)).quantize(Decimal("0.01"))


def start(link: str, offer: str, address: str) -> str:
	"""Keep that the offer is accepted, begin the payment; return where the patient confirms it.

	Args:
		link: name of the Payment Request Link, taken from a signed token.
		offer: name of the Payment Offer that the patient has ticked.
		address: where the request came from.

	Raises:
		Refusal: PAYMENT_CLOSED, OFFER_CHANGED (409); as `Provider.start`.
	"""
	doc = frappe.get_doc(links.DOCTYPE, link)
	booking = frappe.get_doc("Booking", doc.booking)
	provider = providers.chosen()
	if links.state(doc, booking) != links.OPEN or not provider:
		raise Refusal("PAYMENT_CLOSED", _("This can no longer be paid here"), status=409)
	current = links.offer()
	if not current or current.name != offer:
		raise Refusal("OFFER_CHANGED", _("The terms have changed: read them again"), "offer", 409)
	accepted = {"offer": offer, "offer_version": current.version, "offer_accepted_at": clock.now()}
	doc.db_set({**accepted, "offer_accepted_from": address, "provider": provider})
	started = providers.get(provider).start(
		Charge(
			link=doc.name,
			attempt=frappe.generate_hash(length=20),
			amount=exact(doc.amount),
			currency=doc.currency,
			description=_("Prepayment of booking {0}").format(doc.booking),
			return_url=links.url(doc),
		)
	)
	doc.db_set("payment_id", started.payment_id)
	return started.url


def notified(provider: str, headers: Mapping[str, str], body: bytes) -> None:
	"""Take a call of a provider's webhook; the same call again changes nothing.

	Raises:
		Refusal: PROVIDER_UNKNOWN, SIGNATURE_WRONG, PAYMENT_UNKNOWN.
	"""
	note = providers.get(provider).read(headers, body)
	if note and note.status == SUCCEEDED:
		receive(provider, note)


@service.retried
def receive(provider: str, note: Notification):
	"""Book what was paid for, or keep the money as a credit; return the Patient Payment, made once.

	Raises:
		Refusal: PAYMENT_UNKNOWN (404): there is no such link, so nobody knows whose money it is.
	"""
	key = f"{provider}:{note.payment_id}"
	known = frappe.db.get_value(DOCTYPE, {"payment_key": key})
	if known:
		return frappe.get_doc(DOCTYPE, known)
	if not frappe.db.exists(links.DOCTYPE, note.link):
		raise Refusal("PAYMENT_UNKNOWN", _("There is no such payment link"), status=404)
	link = frappe.get_doc(links.DOCTYPE, note.link, for_update=True)
	booking = frappe.get_doc("Booking", link.booking, for_update=True)
	problem = _problem(link, booking, note)
	payment = _new(link, provider, note, key, problem)
	made = insert_once(payment, "payment_key")
	if made is payment:
		_follow(made, link, booking)
	return made


def mark_refunded(payment: str, note: str) -> None:
	"""Record that a credit, or what its visit did not need of a payment, has gone back.

	The caller has checked the permission.

	Raises:
		Refusal: NOTHING_TO_REFUND (409), REFUND_NOTE_REQUIRED.
	"""
	doc = frappe.get_doc(DOCTYPE, payment, for_update=True)
	if doc.status == REFUNDED:
		raise Refusal("NOTHING_TO_REFUND", _("There is nothing to refund"), status=409)
	if not (note or "").strip():
		raise Refusal("REFUND_NOTE_REQUIRED", _("Say how the money was refunded"), field="note")
	text = note.strip()[:500]
	if doc.status == APPLIED:
		unused.refund(doc, text)
		return
	doc.db_set({"status": REFUNDED, "refunded_on": clock.now(), "refund_note": text})
	_emit("payment.refunded", doc)


def release(booking: str, why: str) -> None:
	"""Turn what was paid for a booking that is no more into a credit; done again, it changes nothing."""
	for name in frappe.get_all(DOCTYPE, {"booking": booking, "status": APPLIED}, pluck="name"):
		doc = frappe.get_doc(DOCTYPE, name, for_update=True)
		if doc.status == APPLIED:
			doc.db_set({"status": TO_REFUND, "problem": why})
			_emit("payment.to_refund", doc)


def _problem(link, booking, note: Notification) -> str:
	"""Say why the money cannot be applied; empty when it can."""
	if note.currency != link.currency or note.amount != exact(link.amount):
		asked = f"{exact(link.amount)} {link.currency}"
		return _("Paid {0} instead of {1}").format(f"{note.amount} {note.currency}", asked)
	if booking.status == "Held":
		return ""
	if booking.status == "Cancelled":
		return _("Paid after the booking was cancelled")
	return _("The booking needed no payment any more")


def _new(link, provider: str, note: Notification, key: str, problem: str):
	doc = frappe.new_doc(DOCTYPE)
	doc.update(
		{
			"patient": link.patient,
			"booking": link.booking,
			"link": link.name,
			"status": TO_REFUND if problem else APPLIED,
			"amount": note.amount,
			"currency": note.currency,
			"received_at": clock.now(),
			"provider": provider,
			"payment_id": note.payment_id,
			"problem": problem,
			"payment_key": key,
		}
	)
	return doc


def _follow(payment, link, booking) -> None:
	if payment.status == APPLIED:
		attendance.record_payment(booking.name, payment.amount)
		link.db_set({"status": "Paid", "paid_at": payment.received_at, "open_key": None})
		_emit("payment.received", payment)
	else:
		_emit("payment.to_refund", payment)


def _emit(event: str, payment) -> None:
	events.emit(
		event,
		booking=payment.booking,
		patient=payment.patient,
		payment=payment.name,
		amount=float(payment.amount),
		currency=payment.currency,
		reason=payment.problem or "",
	)
