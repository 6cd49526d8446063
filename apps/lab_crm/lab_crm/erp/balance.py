"""What a patient owes or has paid in advance, as the ledger says."""

from dataclasses import dataclass
from decimal import Decimal

import frappe
from frappe.query_builder.functions import Sum

from lab_crm.erp import books, counterparts, payers

PAYMENT = "Payment Entry"


@dataclass(frozen=True)
class Balance:
	"""A customer's account: `charged` − `paid` = `owed`; below zero it is an advance."""

	charged: Decimal
	paid: Decimal

	@property
	def owed(self) -> Decimal:
		return self.charged - self.paid


def of_customer(customer: str) -> Balance:
	"""Return the balance of a customer; what was cancelled does not count."""
	entry = frappe.qb.DocType("GL Entry")
	rows = (
		frappe.qb.from_(entry)
		.select(entry.voucher_type, Sum(entry.debit), Sum(entry.credit))
		.where((entry.party_type == "Customer") & (entry.party == customer))
		.where((entry.company == books.company()) & (entry.is_cancelled == 0))
		.groupby(entry.voucher_type)
	).run()
	charged = paid = Decimal(0)
	for voucher, debit, credit in rows:
		change = books.money(debit) - books.money(credit)
		# Moving an advance to an invoice is a pair of entries of the payment itself: they add up to nothing.
		if voucher == PAYMENT:
			paid -= change
		else:
			charged += change
	return Balance(charged, paid)


def of_patient(patient: str) -> Balance:
	"""Return the balance of a patient; nothing for one who has never paid or owed."""
	parts = [of_customer(customer) for customer in payers.customers_of(patient)]
	charged = sum((part.charged for part in parts), Decimal(0))
	return Balance(charged, sum((part.paid for part in parts), Decimal(0)))


def spare(customer: str) -> Decimal:
	"""Return how much of a customer's money is free: bound to no payment by a link, not given back."""
	free = (row.left for row in free_advances(customer) if not row.subject)
	return sum(free, Decimal(0)) - given_back(customer)


def free_advances(customer: str) -> list[frappe._dict]:
	"""Return a customer's payments that are not yet allocated, the oldest first: name, left, subject.

	`subject` names the Patient Payment that it posts, if it posts one.
	"""
	filters = {
		"party_type": "Customer",
		"party": customer,
		"company": books.company(),
		"payment_type": "Receive",
		"docstatus": 1,
		"unallocated_amount": (">", 0),
	}
	fields = ["name", "unallocated_amount"]
	rows = frappe.get_all(PAYMENT, filters, fields, order_by="posting_date, creation")
	for row in rows:
		row.left = books.money(row.unallocated_amount)
		row.subject = counterparts.subject_of(PAYMENT, row.name, "payment")
	return rows


def given_back(customer: str) -> Decimal:
	"""Return what has gone back to a customer without naming the payment or the return it was for."""
	filters = {
		"party_type": "Customer",
		"party": customer,
		"company": books.company(),
		"payment_type": "Pay",
		"docstatus": 1,
		"unallocated_amount": (">", 0),
	}
	rows = frappe.get_all(PAYMENT, filters, ["name", "unallocated_amount"])
	named = (counterparts.subject_of(PAYMENT, row.name, "refund") for row in rows)
	left = (books.money(row.unallocated_amount) for row, known in zip(rows, named, strict=True) if not known)
	return sum(left, Decimal(0))
