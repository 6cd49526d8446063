"""Registers of services for insurers (F80): what was billed in a period and stands in no register yet; what
the insurer has refused goes to the next register or to the patient; the payment settles the invoices.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import frappe
from frappe import _

from lab_crm.erp import billed, books, counterparts, invoices, money
from lab_crm.utils.errors import Refusal
from lab_crm.utils.workflow import system_move

DOCTYPE, ROW = "Insurer Register", "Insurer Register Row"
DRAFT, SENT, PARTLY_REFUSED, ACCEPTED, PAID = "Draft", "Sent", "Partly Refused", "Accepted", "Paid"
REFUSED = "Refused"
AGAIN, TO_PATIENT = "To the Next Register", "Billed to the Patient"
ZERO = Decimal(0)


def collect(register) -> int:
	"""Bring a draft's rows up to date: those not billed any more leave it, those not yet in a register join.

	Args:
		register: the Insurer Register, as it is stored.

	Returns:
		How many rows it has.

	Raises:
		Refusal: REGISTER_SENT (409).
	"""
	# Two registers of a contract are collected one after the other; the unique key of the rows is the judge.
	frappe.db.get_value("Insurer Contract", register.contract, "name", for_update=True)
	if register.status != DRAFT:
		raise Refusal("REGISTER_SENT", _("A register that was sent is not changed"), status=409)
	found = {line.key: line for line in billed.lines(_contract(register), *_period(register))}
	kept = {row.row_key: row for row in register.rows if row.row_key in found}
	taken = _taken(set(found) - set(kept))
	register.set("rows", [])
	for key, line in found.items():
		if key in kept:
			kept[key].update(line.as_row())
			register.append("rows", kept[key])
		elif key not in taken:
			register.append("rows", line.as_row())
	register.flags.collecting = True
	register.save()
	return len(register.rows)


def check_billed(register) -> None:
	"""Refuse to send a register whose rows are not billed as they stand in it.

	Raises:
		Refusal: REGISTER_EMPTY, REGISTER_STALE (409).
	"""
	if not register.rows:
		raise Refusal("REGISTER_EMPTY", _("There is nothing in the register: collect the services first"))
	found = {line.key: line for line in billed.lines(_contract(register), *_period(register))}
	for row in register.rows:
		line = found.get(row.row_key)
		if not line or line.amount != books.money(row.amount):
			text = _("Row {0} is not billed any more: collect the services again").format(row.idx)
			raise Refusal("REGISTER_STALE", text, "rows", 409)


def settle(register, row_name: str, how: str) -> None:
	"""Decide about a refused row: it goes to the next register, or the patient is billed.

	Args:
		register: the Insurer Register, as it is stored, locked.
		row_name: name of its row.
		how: `To the Next Register` or `Billed to the Patient`.

	Raises:
		Refusal: NO_ROW (404), ROW_NOT_REFUSED, ROW_SETTLED (409), BAD_DECISION.
	"""
	row = next((row for row in register.rows if row.name == row_name), None)
	if not row:
		raise Refusal("NO_ROW", _("There is no such row"), status=404)
	if row.decision != REFUSED or register.status not in (PARTLY_REFUSED, PAID):
		raise Refusal("ROW_NOT_REFUSED", _("The insurer has not refused this row"), status=409)
	if row.settled:
		raise Refusal("ROW_SETTLED", _("This row is settled already"), status=409)
	if how not in (AGAIN, TO_PATIENT):
		raise Refusal("BAD_DECISION", _("Choose what to do with the refused row"), "settled")
	if how == TO_PATIENT:
		invoices.move_to_patient(row.visit, row.invoice, row.invoice_row, row.name)
	row.settled, row.row_key = how, None
	register.flags.settling = True
	register.save()


def record_payment(register, paid_on: date, reference: str) -> str:
	"""Post what the insurer has paid for the accepted rows; return the Payment Entry, made once.

	Args:
		register: the Insurer Register, as it is stored, locked.
		paid_on: day of the payment.
		reference: number of the payment order.

	Raises:
		Refusal: NOT_ACCEPTED (409), REFERENCE_REQUIRED.
	"""
	if register.status not in (ACCEPTED, PARTLY_REFUSED):
		raise Refusal("NOT_ACCEPTED", _("The insurer has not accepted the register yet"), status=409)
	if not (reference or "").strip():
		raise Refusal("REFERENCE_REQUIRED", _("Give the number of the payment order"), "reference")
	accepted = [row for row in register.rows if row.decision != REFUSED]
	amount = sum((books.money(row.amount) for row in accepted), ZERO)
	if not amount:
		raise Refusal("NOT_ACCEPTED", _("The insurer has accepted nothing"), status=409)
	with books.as_system():
		entry = counterparts.once(
			DOCTYPE,
			register.name,
			"payment",
			"Payment Entry",
			lambda: money.receive(_sum(register, accepted, amount, paid_on, reference.strip())),
		)
	system_move(register, PAID, paid_on=paid_on, payment_entry=entry)
	return entry


def totals(rows: Iterable) -> dict[str, Decimal | int]:
	"""Return what a register comes to: row_count, total, accepted, refused, to the kopeck."""
	rows = list(rows)
	refused = sum((books.money(row.amount) for row in rows if row.decision == REFUSED), ZERO)
	accepted = sum((books.money(row.amount) for row in rows if row.decision == "Accepted"), ZERO)
	total = sum((books.money(row.amount) for row in rows), ZERO)
	return {"row_count": len(rows), "total": total, "accepted": accepted, "refused": refused}


def _sum(register, rows: list, amount: Decimal, paid_on: date, reference: str) -> money.Sum:
	parts: Counter[str] = Counter()
	for row in rows:
		parts[row.invoice] += books.money(row.amount)
	# What has been paid already, or taken back since, leaves its part of the sum an advance of the insurer.
	owed = {name: max(ZERO, invoices.owed(name, lock=True)) for name in sorted(parts)}
	return money.Sum(
		customer=frappe.db.get_value(invoices.DOCTYPE, rows[0].invoice, "customer"),
		amount=amount,
		mode=money.TRANSFER,
		day=paid_on,
		reference=reference,
		invoices={name: min(part, owed[name]) for name, part in parts.items()},
		remarks=_("Register {0}", lang="ru").format(register.name),
	)


def _contract(register):
	return frappe.get_doc("Insurer Contract", register.contract)


def _period(register) -> tuple[date, date]:
	return frappe.utils.getdate(register.period_from), frappe.utils.getdate(register.period_to)


def _taken(keys: set[str]) -> set[str]:
	"""Return which lines stand in some register, as it is now: others may have just collected them."""
	if not keys:
		return set()
	table = frappe.qb.DocType(ROW)
	query = frappe.qb.from_(table).select(table.row_key).where(table.row_key.isin(sorted(keys)))
	return set(query.for_update().run(pluck=True))
