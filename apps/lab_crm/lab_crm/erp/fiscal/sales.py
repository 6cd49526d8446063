"""Which receipt an operation of the till or a payment by a link needs."""

from collections.abc import Iterable
from decimal import Decimal

import frappe
from frappe import _

from lab_crm.erp import invoices, money
from lab_crm.erp.books import money as exact
from lab_crm.erp.fiscal import receipts
from lab_crm.erp.fiscal.base import SELL, SELL_REFUND, Position

FULL, ADVANCE = "full_payment", "advance"
SERVICE, PAYMENT = "service", "payment"
OPERATION = "Till Operation"


def sold(operation) -> str | None:
	"""Queue the receipt of a visit that has been paid in full at the till.

	Args:
		operation: the Till Operation, with its parts and invoice.
	"""
	lines = list(_positions(invoices.not_returned(operation.invoice)))
	invoices.list_returns(operation.invoice, OPERATION, operation.name)
	return receipts.queue(f"Visit {operation.visit}", _values(SELL, operation, lines), lines)


def given_back(operation, returns: Iterable[str]) -> str | None:
	"""Queue the receipt of money given back at the till.

	Args:
		operation: the Till Operation.
		returns: the returns that no receipt has listed before; what it gives back beyond them was kept as an
			advance.
	"""
	lines = _listed(returns, exact(operation.amount))
	return receipts.queue(f"{OPERATION} {operation.name}", _values(SELL_REFUND, operation, lines), lines)


def prepaid(payment) -> str | None:
	"""Queue the receipt of an advance paid by a link.

	Args:
		payment: the Patient Payment.
	"""
	return _of_link(SELL, payment, f"Patient Payment {payment.name}")


def prepayment_returned(payment) -> str | None:
	"""Queue the receipt of an advance that has gone back."""
	return _of_link(SELL_REFUND, payment, f"Refund {payment.name}")


def part_returned(payment, part: Decimal, invoice: str, key: str) -> str | None:
	"""Queue the receipt of what a visit did not need of a payment by a link.

	Args:
		payment: the Patient Payment.
		part: what has gone back.
		invoice: of the visit: where its sale has a receipt, the services returned since are listed.
		key: distinguishes the refunds of one payment.
	"""
	visit = invoices.visit_of(invoice)
	lines: list[Position] = []
	if frappe.db.exists(receipts.DOCTYPE, {"receipt_key": f"Visit {visit}"}):
		lines = _listed(invoices.list_returns(invoice, payment.doctype, payment.name), part)
	return _of_link(SELL_REFUND, payment, f"Refund {payment.name} {key}", lines or [_advance(part)], part)


def settled(event) -> None:
	"""Queue the receipt of a visit that was paid in advance altogether; at the till its sale has one already.

	Args:
		event: the Journey Event `invoice.paid`.
	"""
	visit = frappe.get_doc("Visit", event.visit)
	invoice = invoices.of_patient(visit.name, visit.funding)
	if event.invoice != invoice or frappe.db.exists(OPERATION, {"visit": visit.name}):
		return
	lines = list(_positions(invoices.not_returned(invoice)))
	invoices.list_returns(invoice, "Visit", visit.name)
	total = sum((one.amount for one in lines), Decimal(0))
	values = {
		"kind": SELL,
		"patient": visit.patient,
		"branch": visit.branch,
		"about_doctype": "Visit",
		"about": visit.name,
		"prepaid": float(total),
	}
	if lines:
		receipts.queue(f"Visit {visit.name}", values, lines)


def _listed(returns: Iterable[str], amount: Decimal) -> list[Position]:
	"""Return the lines of returns; of what is given back beyond them, an advance."""
	rows = (row for name in returns for row in frappe.get_doc(invoices.DOCTYPE, name).items)
	lines = list(_positions(rows))
	beyond = amount - sum((one.amount for one in lines), Decimal(0))
	return [*lines, _advance(beyond)] if beyond > 0 else lines


def _of_link(kind: str, payment, key: str, lines=None, part: Decimal | None = None) -> str | None:
	amount = exact(payment.amount) if part is None else part
	lines = lines or [_advance(amount)]
	branch = payment.booking and frappe.db.get_value("Booking", payment.booking, "branch")
	values = {
		"kind": kind,
		"patient": payment.patient,
		"branch": branch,
		"about_doctype": payment.doctype,
		"about": payment.name,
		"electronic": float(amount),
		"prepaid": float(sum((one.amount for one in lines), Decimal(0)) - amount),
	}
	return receipts.queue(key, values, lines)


def _values(kind: str, operation, lines: list[Position]) -> dict:
	cash = sum((exact(row.amount) for row in operation.parts if row.mode == money.CASH), Decimal(0))
	electronic = exact(operation.amount) - cash
	return {
		"kind": kind,
		"patient": operation.patient,
		"branch": operation.branch,
		"about_doctype": OPERATION,
		"about": operation.name,
		"cash": float(cash),
		"electronic": float(electronic),
		# What was paid before, or stays with the laboratory as an advance.
		"prepaid": float(sum((one.amount for one in lines), Decimal(0)) - cash - electronic),
	}


def _positions(rows: Iterable) -> Iterable[Position]:
	for row in rows:
		quantity = abs(Decimal(str(row.qty)))
		yield Position(row.item_name, exact(row.rate), quantity, exact(row.rate) * quantity, FULL, SERVICE)


def _advance(amount: Decimal) -> Position:
	return Position(_("Advance", lang="ru"), amount, Decimal(1), amount, ADVANCE, PAYMENT)
