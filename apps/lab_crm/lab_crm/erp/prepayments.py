"""Payments by a link in the books: each posted once, whoever needs it first, its job or the invoice."""

from collections.abc import Iterator
from decimal import Decimal

import frappe
from frappe import _

from lab_crm.erp import books, branches, counterparts, money, payers

PAYMENT, REFUND = "payment", "refund"
DOCTYPE, ENTRY = "Patient Payment", "Payment Entry"
APPLIED = "Applied"


def post(payment) -> str:
	"""Return the Payment Entry of a Patient Payment, made if there is none."""
	with books.as_system():
		return counterparts.once(
			DOCTYPE, payment.name, PAYMENT, ENTRY, lambda: money.receive(_received(payment))
		)


def post_refund(payment, amount: Decimal, role: str = REFUND, invoices: dict | None = None) -> str:
	"""Return the Payment Entry by which (a part of) a Patient Payment has gone back, made if there is none.

	Args:
		payment: the Patient Payment.
		amount: what went back.
		role: distinguishes the refunds of one payment.
		invoices: Sales Invoice → the part that settles what the laboratory owes on it.
	"""
	given = sum_of(payment, amount, payment.refunded_on, payment.refund_note, invoices)
	with books.as_system():
		return counterparts.once(DOCTYPE, payment.name, role, ENTRY, lambda: money.give_back(given))


def of_booking(booking: str | None) -> Iterator[frappe._dict]:
	"""Yield the Payment Entries of what was prepaid for a booking and is applied to it, posted if their jobs
	have not yet come to it: name, party, left.
	"""
	if not booking:
		return
	filters = {"booking": booking, "status": APPLIED}
	for name in frappe.get_all(DOCTYPE, filters, pluck="name", order_by="received_at, name"):
		entry = post(frappe.get_doc(DOCTYPE, name))
		# A locking read: another may have posted it after this transaction's snapshot.
		fields = ("name", "party", "unallocated_amount")
		row = frappe.db.get_value(ENTRY, entry, fields, as_dict=True, for_update=True)
		yield frappe._dict(name=row.name, party=row.party, left=books.money(row.unallocated_amount))


def sum_of(payment, amount: Decimal, when, note: str | None, invoices: dict | None = None) -> money.Sum:
	"""Return the sum of money that a Patient Payment (or a part of it) is in the books."""
	branch = payment.booking and frappe.db.get_value("Booking", payment.booking, "branch")
	remarks = (_("Booking {0}", lang="ru").format(payment.booking) if payment.booking else "", note)
	return money.Sum(
		customer=_party(payment),
		amount=amount,
		mode=money.ONLINE,
		day=frappe.utils.getdate(when),
		reference=f"{payment.provider} {payment.payment_id}",
		invoices=invoices or {},
		cost_center=branches.cost_center(branch) if branch else None,
		remarks=". ".join(filter(None, remarks)),
	)


def _received(payment) -> money.Sum:
	return sum_of(payment, books.money(payment.amount), payment.received_at, payment.problem)


def _party(payment) -> str:
	"""Return whose the payment is in the books: a card merged since has brought another customer."""
	entry = counterparts.of(DOCTYPE, payment.name, PAYMENT)
	return (entry and frappe.db.get_value(ENTRY, entry, "party")) or payers.of_patient(payment.patient)
