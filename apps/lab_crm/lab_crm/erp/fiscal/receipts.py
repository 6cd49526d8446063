"""The queue of receipts: made with its payment, sent until the registrar has it, never two for one payment.

A receipt is claimed by moving `next_attempt_at` ahead and committing; a worker that dies leaves it to the
sweep. The registrar knows it by its own name, so a second sending is no second receipt.
"""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

import frappe
from frappe import _

from lab_crm.erp import fiscal
from lab_crm.erp.books import money
from lab_crm.erp.fiscal.base import DONE, FAILED, Position, Receipt, Registrar, Rejected, Unreachable
from lab_crm.utils import clock, qr
from lab_crm.utils.errors import Refusal
from lab_crm.utils.once import insert_once

DOCTYPE = "Fiscal Receipt"
QUEUED, SENT, REGISTERED, GIVEN_UP = "Queued", "Sent", "Registered", "Failed"
OPEN = (QUEUED, SENT)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=20), timedelta(hours=1)
LEASE = timedelta(minutes=2)
DELIVER = "lab_crm.erp.fiscal.receipts.deliver"
MOST = 200


def queue(key: str, values: dict, positions: Sequence[Position]) -> str | None:
	"""Queue a receipt with its payment, in the same transaction; None without a registrar.

	Args:
		key: what it is made for: a second call with the same key makes no second receipt.
		values: `kind`, `patient`, `branch`, `about_doctype`, `about`, `cash`, `electronic`, `prepaid`.
		positions: its lines; they add up to the three sums.

	Raises:
		Refusal: RECEIPT_UNBALANCED, RECEIPT_NEGATIVE (409).
	"""
	registrar = fiscal.chosen()
	if not registrar:
		return None
	total = _total(values, positions)
	doc = frappe.new_doc(DOCTYPE)
	doc.update({**values, "amount": float(total), "status": QUEUED, "provider": registrar})
	doc.update({"receipt_key": key, "next_attempt_at": clock.now(), "client_contact": _contact(doc.patient)})
	for one in positions:
		doc.append(
			"items",
			{
				"item_name": one.name[:128],
				"price": float(one.price),
				"quantity": float(one.quantity),
				"amount": float(one.amount),
				"payment_method": one.payment_method,
				"payment_object": one.payment_object,
			},
		)
	made = insert_once(doc, "receipt_key")
	if made is doc:
		frappe.enqueue(DELIVER, queue="short", enqueue_after_commit=True, receipt=made.name)
	return made.name


def _total(values: dict, positions: Sequence[Position]) -> Decimal:
	total = sum((one.amount for one in positions), Decimal(0))
	parts = [money(values.get(part)) for part in ("cash", "electronic", "prepaid")]
	if min(parts) < 0 or any(one.amount < 0 for one in positions):
		raise Refusal("RECEIPT_NEGATIVE", _("A receipt has no sum below zero"), status=409)
	paid = sum(parts, Decimal(0))
	if total != paid:
		text = _("A receipt of {0} does not say how {1} was paid").format(total, paid)
		raise Refusal("RECEIPT_UNBALANCED", text, status=409)
	return total


def sweep() -> None:
	"""Deliver what is due (scheduler, every minute)."""
	due = {"status": ("in", OPEN), "next_attempt_at": ("<=", clock.now())}
	for name in frappe.get_all(DOCTYPE, due, pluck="name", order_by="next_attempt_at", limit=MOST):
		deliver(name)


def deliver(receipt: str) -> str:
	"""Send a receipt, or ask what became of it; return its status. Run twice at once, one of them does it."""
	doc = _claim(receipt)
	if not doc:
		return frappe.db.get_value(DOCTYPE, receipt, "status")
	registrar = fiscal.get(doc.provider)
	try:
		if doc.status == QUEUED:
			_write(doc, status=SENT, provider_id=registrar.send(as_receipt(doc)), error=None)
			frappe.db.commit()
		_ask(doc, registrar)
	except Unreachable as error:
		_write(doc, error=str(error)[:500], next_attempt_at=clock.now() + pause_after(doc.attempts))
	except Rejected as error:
		_write(doc, status=GIVEN_UP, error=str(error)[:500], next_attempt_at=None)
	frappe.db.commit()
	return doc.status


def retry(receipt: str) -> None:
	"""Queue a receipt that failed again; the caller has checked the permission.

	Raises:
		Refusal: RECEIPT_NOT_FAILED (409).
	"""
	doc = frappe.get_doc(DOCTYPE, receipt, for_update=True)
	if doc.status != GIVEN_UP:
		raise Refusal("RECEIPT_NOT_FAILED", _("This receipt waits for nobody"), status=409)
	# The registrar had it and failed for good: under the same id it would answer with that failure again.
	sendings = (doc.sendings or 0) + bool(doc.provider_id)
	_write(doc, status=QUEUED, next_attempt_at=clock.now(), provider=fiscal.chosen() or doc.provider)
	_write(doc, sendings=sendings, provider_id=None)
	frappe.enqueue(DELIVER, queue="short", enqueue_after_commit=True, receipt=receipt)


def of_visit(visit: str) -> list[dict]:
	"""Return the receipts of a visit and its prepayment, oldest first: `receipt`, `kind`, `amount`,
	`status`, and of a registered one its `url` and a `qr` of it (SVG) for the patient's phone.
	"""
	booking = frappe.db.get_value("Visit", visit, "booking")
	about = [
		visit,
		*frappe.get_all("Till Operation", {"visit": visit}, pluck="name"),
		*(frappe.get_all("Patient Payment", {"booking": booking}, pluck="name") if booking else ()),
	]
	fields = ["name as receipt", "kind", "amount", "status", "receipt_url as url"]
	found = frappe.get_all(DOCTYPE, {"about": ("in", about)}, fields, order_by="creation, name")
	return [{**row, "qr": qr.svg(row.url) if row.url else ""} for row in found]


def pause_after(attempts: int) -> timedelta:
	"""Return how long a receipt waits after its `attempts`-th failure."""
	return min(FIRST_PAUSE * 2 ** min(attempts, 12), LONGEST_PAUSE)


def as_receipt(doc) -> Receipt:
	"""Return a Fiscal Receipt as registrars take it."""
	positions = [
		Position(
			row.item_name,
			money(row.price),
			Decimal(str(row.quantity)),
			money(row.amount),
			row.payment_method,
			row.payment_object,
		)
		for row in doc.items
	]
	sums = (money(doc.cash), money(doc.electronic), money(doc.prepaid))
	name = f"{doc.name}-{doc.sendings}" if doc.sendings else doc.name
	return Receipt(name, doc.kind, doc.creation, positions, *sums, doc.client_contact or "")


def _claim(receipt: str):
	doc = frappe.get_doc(DOCTYPE, receipt, for_update=True)
	due = doc.status in OPEN and (not doc.next_attempt_at or doc.next_attempt_at <= clock.now())
	if due:
		_write(doc, attempts=(doc.attempts or 0) + 1, next_attempt_at=clock.now() + LEASE)
	frappe.db.commit()
	return doc if due else None


def _ask(doc, registrar: Registrar) -> None:
	outcome = registrar.outcome(doc.provider_id)
	if outcome.status == FAILED:
		raise Rejected(outcome.error)
	if outcome.status != DONE:
		_write(doc, next_attempt_at=clock.now() + pause_after(doc.attempts))
		return
	_write(
		doc,
		status=REGISTERED,
		registered_at=clock.now(),
		fn_number=outcome.fn_number,
		fd_number=outcome.fd_number,
		fiscal_sign=outcome.fiscal_sign,
		receipt_url=outcome.url or None,
		next_attempt_at=None,
		error=None,
	)


def _write(doc, **values) -> None:
	# The worker's own marks; people never edit a receipt.
	doc.db_set(values)


def _contact(patient: str | None) -> str:
	email, mobile = frappe.db.get_value("Patient", patient, ("email", "mobile")) or ("", "")
	return email or mobile or ""
