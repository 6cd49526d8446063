"""Shifts of the till: one open shift a cashier; the cash that was counted against what should be there."""

from decimal import Decimal

import frappe
from frappe import _

from lab_crm.erp.books import money
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal
from lab_crm.utils.once import insert_once

SHIFT, OPERATION = "Till Shift", "Till Operation"
MODES = {"Cash": "cash_total", "Card": "card_total", "SBP": "sbp_total"}
OPEN = "Open"
ANY_SHIFT_ROLES = {"Lab Director", "System Manager"}


def open_(branch: str, opening_cash: object) -> str:
	"""Open the user's shift at a branch; asked again, it answers with the one that is open.

	Args:
		branch: name of the Lab Branch.
		opening_cash: in roubles; not below zero.

	Raises:
		Refusal: BAD_AMOUNT, SHIFT_ELSEWHERE (409): it is open at another branch.
	"""
	cash = amount(opening_cash)
	doc = frappe.new_doc(SHIFT)
	doc.update({"branch": branch, "opening_cash": float(cash), "open_key": frappe.session.user})
	made = insert_once(doc, "open_key")
	if made.branch != branch:
		message = _("Your shift is open at another branch: close it first")
		raise Refusal("SHIFT_ELSEWHERE", message, "branch", 409)
	return made.name


def of_cashier(branch: str):
	"""Return the user's open shift at a branch, locked until the transaction ends.

	Raises:
		Refusal: NO_SHIFT (409).
	"""
	filters = {"open_key": frappe.session.user}
	name = frappe.db.get_value(SHIFT, filters, for_update=True)
	if not name or frappe.db.get_value(SHIFT, name, "branch") != branch:
		raise Refusal("NO_SHIFT", _("Open your shift of the till at this branch first"), status=409)
	return frappe.get_doc(SHIFT, name)


def close(shift: str, counted_cash: object) -> None:
	"""Close a shift; what is missing or too much is kept as its difference.

	Raises:
		Refusal: SHIFT_CLOSED (409), NOT_YOUR_SHIFT (403), BAD_AMOUNT.
	"""
	counted = amount(counted_cash)
	frappe.db.commit()  # nothing is written yet: what the till has just taken must be seen below
	frappe.db.get_value(SHIFT, shift, "name", for_update=True)
	doc = frappe.get_doc(SHIFT, shift)
	if doc.status != OPEN:
		raise Refusal("SHIFT_CLOSED", _("The shift is closed"), status=409)
	if doc.cashier != frappe.session.user and not ANY_SHIFT_ROLES & set(frappe.get_roles()):
		raise Refusal("NOT_YOUR_SHIFT", _("Only the cashier or the director closes a shift"), status=403)
	totals = totals_of(shift)
	expected = money(doc.opening_cash) + totals["Cash"]
	doc.db_set(
		{
			"status": "Closed",
			"closed_at": clock.now(),
			"open_key": None,
			"expected_cash": float(expected),
			"counted_cash": float(counted),
			"difference": float(counted - expected),
			"sales": frappe.db.count(OPERATION, {"shift": shift, "kind": "Sale"}),
			"returns": frappe.db.count(OPERATION, {"shift": shift, "kind": "Return"}),
			**{field: float(totals[mode]) for mode, field in MODES.items()},
		}
	)


def totals_of(shift: str) -> dict[str, Decimal]:
	"""Return mode → what it brought in a shift, returns taken off."""
	found = dict.fromkeys(MODES, Decimal(0))
	kinds = dict(frappe.get_all(OPERATION, {"shift": shift}, ["name", "kind"], as_list=True))
	filters = {"parenttype": OPERATION, "parent": ("in", list(kinds) or [""])}
	for row in frappe.get_all("Till Payment", filters, ["parent", "mode", "amount"]):
		found[row.mode] += money(row.amount) * (1 if kinds[row.parent] == "Sale" else -1)
	return found


def amount(value: object) -> Decimal:
	"""Return an amount that a person typed, exact to the kopeck.

	Raises:
		Refusal: BAD_AMOUNT: no number, or below zero.
	"""
	try:
		found = money(value)
	except ArithmeticError:
		found = Decimal(-1)
	if not found.is_finite() or found < 0:
		raise Refusal("BAD_AMOUNT", _("An amount of money is needed"))
	return found
