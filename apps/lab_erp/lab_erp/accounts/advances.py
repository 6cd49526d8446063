"""Money that came before its invoice: allocated to it later, and released when the invoice is cancelled.

A payment's entries are never rewritten: allocating adds a pair of entries that moves the amount
from the payment to the invoice.
"""

from decimal import Decimal

import frappe
from frappe import _
from frappe.utils import cint, flt

from lab_erp.accounts import ledger, outstanding
from lab_erp.accounts.posting import credit, debit
from lab_erp.utils.errors import refuse_if
from lab_erp.utils.money import ZERO, money

PAYMENT = "Payment Entry"
TYPES = {"Customer": "Receive", "Supplier": "Pay"}


def open_payments(party_type: str, party: str, company: str) -> list[frappe._dict]:
	"""Return a party's submitted payments with money not yet allocated, the oldest first."""
	return frappe.get_all(
		PAYMENT,
		filters={
			"party_type": party_type,
			"party": party,
			"company": company,
			"docstatus": 1,
			"payment_type": TYPES[party_type],
			"unallocated_amount": (">", 0),
		},
		fields=("name", "unallocated_amount", "remarks"),
		order_by="posting_date, creation",
	)


def check(invoice) -> None:
	"""Fill the invoice's advances where it asks for it, and check them."""
	if invoice.is_return:
		invoice.set("advances", [])
		return
	if cint(invoice.allocate_advances_automatically) and not invoice.advances:
		_suggest(invoice)
	total = sum((money(row.allocated_amount) for row in invoice.advances), ZERO)
	refuse_if(total > money(invoice.grand_total), _("More advances are allocated than the invoice comes to"))
	for row in invoice.advances:
		refuse_if(row.reference_type != PAYMENT, _("An advance is a payment"))
	invoice.total_advance = float(total)


def take(invoice) -> None:
	"""Allocate the invoice's advances to it; run when it is submitted."""
	for row in invoice.advances:
		if flt(row.allocated_amount) > 0:
			allocate(row.reference_name, invoice, money(row.allocated_amount))


def allocate(payment: str, invoice, amount: Decimal) -> None:
	"""Allocate money of a submitted payment to a submitted invoice of the same party.

	Args:
		payment: name of the Payment Entry.
		invoice: the invoice document.
		amount: above zero, at most what the payment has left and the invoice is owed.

	Raises:
		Refused: another party, or more than there is.
	"""
	# Lock first: two invoices must not take the same rouble.
	frappe.db.get_value(PAYMENT, payment, "name", for_update=True)
	doc = frappe.get_doc(PAYMENT, payment)
	_same_party(doc, invoice)
	left = money(doc.unallocated_amount)
	refuse_if(amount > left, _("{0} has only {1} left").format(payment, left))
	_add_reference(doc, invoice, amount)
	_move(doc, invoice.doctype, invoice.name, amount)
	_write_allocated(doc, amount)
	outstanding.settle(invoice.doctype, invoice.name, amount)


def release(invoice) -> None:
	"""Free what payments had allocated to an invoice that is being cancelled."""
	rows = frappe.get_all(
		"Payment Entry Reference",
		filters={"reference_doctype": invoice.doctype, "reference_name": invoice.name, "docstatus": 1},
		fields=("name", "parent", "allocated_amount"),
	)
	unlink = cint(frappe.get_cached_doc("Accounts Settings").unlink_payment_on_cancellation_of_invoice)
	refuse_if(rows and not unlink, _("Cancel the payments of {0} first").format(invoice.name))
	for row in rows:
		frappe.db.get_value(PAYMENT, row.parent, "name", for_update=True)
		doc = frappe.get_doc(PAYMENT, row.parent)
		amount = money(row.allocated_amount)
		_move(doc, invoice.doctype, invoice.name, -amount)
		frappe.db.delete("Payment Entry Reference", {"name": row.name})
		_write_allocated(doc, -amount)


def _same_party(payment, invoice) -> None:
	same = payment.docstatus.is_submitted() and payment.party_type == invoice.party_type
	same = same and payment.party == invoice.get(invoice.party_field) and payment.company == invoice.company
	same = same and payment.payment_type == TYPES[invoice.party_type]
	refuse_if(not same, _("{0} is not a payment of the same party").format(payment.name))
	other = payment.party_account != invoice.get(invoice.account_field)
	refuse_if(other, _("{0} stands on another account").format(payment.name))


def _add_reference(payment, invoice, amount: Decimal) -> None:
	row = payment.append(
		"references",
		{
			"reference_doctype": invoice.doctype,
			"reference_name": invoice.name,
			"due_date": invoice.due_date,
			"total_amount": invoice.grand_total,
			"outstanding_amount": float(amount),
			"allocated_amount": float(amount),
			"exchange_rate": 1,
			"account": payment.party_account,
			"docstatus": 1,
		},
	)
	row.db_insert()


def _suggest(invoice) -> None:
	left = money(invoice.grand_total)
	for row in open_payments(invoice.party_type, invoice.get(invoice.party_field), invoice.company):
		part = min(left, money(row.unallocated_amount))
		if part <= 0:
			return
		invoice.append(
			"advances",
			{
				"reference_type": PAYMENT,
				"reference_name": row.name,
				"remarks": row.remarks,
				"advance_amount": row.unallocated_amount,
				"allocated_amount": float(part),
			},
		)
		left -= part


def _move(payment, doctype: str, name: str, amount: Decimal) -> None:
	"""Move an amount of a payment from standing for itself to standing for an invoice."""
	party = {"party_type": payment.party_type, "party": payment.party, "cost_center": payment.cost_center}
	ours, theirs = (debit, credit) if payment.payment_type == "Receive" else (credit, debit)
	own = {"against_voucher_type": PAYMENT, "against_voucher": payment.name, **party}
	other = {"against_voucher_type": doctype, "against_voucher": name, **party}
	account = payment.party_account
	remarks = _("Allocated to {0}").format(name)
	ledger.post(payment, [ours(account, amount, **own), theirs(account, amount, **other)], remarks)


def _write_allocated(payment, amount: Decimal) -> None:
	allocated = money(payment.total_allocated_amount) + payment.party_sign * amount
	left = money(payment.unallocated_amount) - payment.party_sign * amount
	payment.db_set(
		{
			"total_allocated_amount": float(allocated),
			"base_total_allocated_amount": float(allocated),
			"unallocated_amount": float(left),
		}
	)
