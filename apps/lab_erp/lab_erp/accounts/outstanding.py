"""What is still owed on an invoice, changed under a lock: two payments never settle the same rouble."""

from decimal import Decimal

import frappe
from frappe import _
from frappe.utils import getdate, today

from lab_erp.accounts import status
from lab_erp.utils.errors import refuse_if
from lab_erp.utils.money import money

NOTES = {"Sales Invoice": "Credit Note Issued", "Purchase Invoice": "Debit Note Issued"}


def locked(doctype: str, name: str) -> frappe._dict:
	"""Return an invoice's money fields, its row locked until the transaction ends."""
	fields = ("docstatus", "grand_total", "outstanding_amount", "is_return", "due_date", "company")
	row = frappe.db.get_value(doctype, name, fields, as_dict=True, for_update=True)
	refuse_if(not row or row.docstatus != 1, _("{0} is not submitted").format(name))
	return row


def settle(doctype: str, name: str, amount: Decimal, beyond: bool = False) -> None:
	"""Lower what is owed on an invoice by an amount.

	Args:
		doctype: Sales Invoice or Purchase Invoice.
		name: which.
		amount: of the sign of what is owed; a return's is negative.
		beyond: may take more than is owed (returns) or give back (cancelling).

	Raises:
		Refused: more than is owed.
	"""
	row = locked(doctype, name)
	owed = money(row.outstanding_amount)
	left = owed - money(amount)
	too_much = amount * owed < 0 or abs(amount) > abs(owed)
	refuse_if(
		too_much and not beyond,
		_("{0} is allocated to {1}, but only {2} is owed").format(money(amount), name, owed),
	)
	write(doctype, name, row, left)


def write(doctype: str, name: str, row, left: Decimal) -> None:
	"""Store what is owed, and the status that follows from it."""
	returned = frappe.db.exists(doctype, {"return_against": name, "docstatus": 1, "is_return": 1})
	word = status.of_invoice(
		money(row.grand_total),
		left,
		getdate(row.due_date or today()),
		getdate(today()),
		bool(row.is_return),
		bool(returned),
		NOTES[doctype],
	)
	# Not a change by a person: whoever has the invoice open may go on.
	values = {"outstanding_amount": float(left), "status": word}
	frappe.db.set_value(doctype, name, values, update_modified=False)
