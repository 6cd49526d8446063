"""What a visit does not need of its prepayment, since services of it were cancelled."""

from decimal import Decimal

import frappe
from frappe import _

from lab_crm.erp import books, invoices, prepayments
from lab_crm.erp.fiscal import sales
from lab_crm.journey import events
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal


def of(payment) -> Decimal:
	"""Return how much of an applied Patient Payment may go back: no more than the laboratory owes on the
	invoice, nor than is left of the payment.
	"""
	invoice = _invoice(payment)
	return _left(payment, invoices.credit(invoice)) if invoice else Decimal(0)


def refund(payment, note: str) -> None:
	"""Record that the unused part of an applied payment has gone back to the patient, and post it.

	Args:
		payment: the Patient Payment, locked.
		note: how it was refunded.

	Raises:
		Refusal: NOTHING_TO_REFUND (409).
	"""
	invoice = _invoice(payment)
	credits = invoices.credits(invoice) if invoice else {}
	part = _left(payment, sum(credits.values(), Decimal(0)))
	if part <= 0:
		raise Refusal("NOTHING_TO_REFUND", _("There is nothing to refund"), status=409)
	whole = books.money(payment.refunded_amount) + part
	payment.db_set({"refunded_amount": float(whole), "refunded_on": clock.now(), "refund_note": note})
	# The sum refunded by then names the refund: the payment is locked, so no two are alike.
	role = f"{prepayments.REFUND} {whole}"
	prepayments.post_refund(payment, part, role, invoices.shares(credits, part))
	sales.part_returned(payment, part, invoice, role)
	events.emit(
		"payment.refunded",
		booking=payment.booking,
		patient=payment.patient,
		payment=payment.name,
		amount=float(part),
		currency=payment.currency,
		reason=note,
		part=role,
	)


def _invoice(payment) -> str | None:
	if payment.status != prepayments.APPLIED or not payment.booking or not books.available():
		return None
	fields = ("name", "funding")
	visit = frappe.db.get_value("Visit", {"booking": payment.booking}, fields, as_dict=True)
	return invoices.of_patient(visit.name, visit.funding) if visit else None


def _left(payment, credit: Decimal) -> Decimal:
	return min(books.money(payment.amount) - books.money(payment.refunded_amount), credit)
