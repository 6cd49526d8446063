"""The till of the front desk (F79): a visit is paid in cash, by card, by SBP or by several at once, and given
back the way it was paid. Each operation is made once for a key of its form, whatever the double clicks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import frappe
from frappe import _

from lab_crm.catalogue.prices import SELF_PAY
from lab_crm.erp import balance, books, branches, insured, invoices, money, shifts
from lab_crm.erp.fiscal import receipts, sales
from lab_crm.erp.money import Sum
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal
from lab_crm.utils.once import insert_once
from lab_crm.utils.rights import require

OPERATION = "Till Operation"
SALE, RETURN = "Sale", "Return"
ZERO = Decimal(0)


@dataclass(frozen=True)
class Part:
	"""A part of a payment: `mode` is Cash, Card or SBP; `reference` the number on the terminal's slip."""

	mode: str
	amount: Decimal
	reference: str = ""


@frappe.whitelist(methods=["POST"])
def open_shift(branch: str, opening_cash: float) -> str:
	"""Open the user's shift of the till; see `shifts.open_`."""
	require("Till Shift", "create")
	frappe.get_doc("Lab Branch", branch).check_permission("read")
	return shifts.open_(branch, opening_cash)


@frappe.whitelist(methods=["GET", "POST"])
def due(visit: str) -> dict:
	"""Return what the form of the till shows about a visit.

	Returns:
		`visit`, `owed` by the patient (roubles; nothing where an insurer or a company pays, or no books are
		kept), `balance` of the patient (below zero: an advance), `services` charged and not returned,
		`credit` that the laboratory owes on returns, `paid` by mode, `shift` (the user's open shift at the
		branch, or None), `receipts` as `receipts.of_visit`.
	"""
	require(OPERATION, "read")
	doc = frappe.get_doc("Visit", visit)
	doc.check_permission("read")
	if not books.available():
		return _nothing(visit)
	invoice = invoices.of_patient(visit, doc.funding)
	shift = frappe.db.get_value(shifts.SHIFT, {"open_key": frappe.session.user, "branch": doc.branch})
	return {
		"visit": visit,
		"owed": float(_owed(doc, invoice)),
		"balance": float(balance.of_patient(doc.patient).owed),
		"services": [
			{"service": row.item_code, "service_name": row.item_name, "price": row.rate}
			for row in (invoices.not_returned(invoice) if invoice else ())
		],
		"credit": float(invoices.credit(invoice)) if invoice else 0,
		"paid": {mode: float(paid) for mode, paid in _paid_by_mode(visit).items()},
		"shift": shift,
		"receipts": receipts.of_visit(visit),
	}


@frappe.whitelist(methods=["POST"])
def pay(visit: str, parts: list | str, request_key: str, tendered: float = 0) -> dict:
	"""Take what is owed for a visit, in full.

	Args:
		visit: name of the Visit.
		parts: `{mode, amount, reference}` each (a JSON list from the desk); together what is owed.
		request_key: random key the form made when it was opened: a double click pays once.
		tendered: cash that the patient gave, for the change.

	Returns:
		`operation`, `amount`, `change`, `created`.

	Raises:
		Refusal: NO_SHIFT, NOT_THE_PATIENTS (an insurer or a company pays), NOTHING_TO_PAY, WRONG_SUM,
			CHANGE_WRONG, BAD_KEY, BAD_PARTS.
	"""
	doc = _begin(visit)
	given = _parts(parts)
	if not _is_the_patients(doc):
		raise Refusal("NOT_THE_PATIENTS", _("This visit is not paid by the patient"), status=409)
	shift = shifts.of_cashier(doc.branch)
	change = _change(given, shifts.amount(tendered))
	operation = _new(SALE, doc, shift, given, request_key)
	operation.update({"tendered": float(shifts.amount(tendered)), "change_given": float(change)})
	made = insert_once(operation, "request_key")
	if made is operation:
		_settle(made, doc, given)
	return _answer(made, created=made is operation)


@frappe.whitelist(methods=["POST"])
def give_back(visit: str, services: list | str, parts: list | str, request_key: str, reason: str) -> dict:
	"""Give back what was paid for services that are not done, the way it was paid.

	Args:
		visit: name of the Visit.
		services: codes of what is returned; empty: only what the laboratory owes already (a cancelled order).
		parts: as for `pay`; no more by a mode than was paid by it. What is left stays the patient's advance.
		request_key: as for `pay`.
		reason: for the accountant.

	Raises:
		Refusal: NO_SHIFT, REASON_REQUIRED, NOTHING_TO_RETURN, WRONG_SUM, NOT_PAID_SO, BAD_KEY, BAD_PARTS.
	"""
	doc = _begin(visit)
	given = _parts(parts)
	if not (reason or "").strip():
		raise Refusal("REASON_REQUIRED", _("Say why the money is given back"), "reason")
	shift = shifts.of_cashier(doc.branch)
	paid = _paid_by_mode(visit)
	operation = _new(RETURN, doc, shift, given, request_key)
	operation.reason = reason.strip()[:500]
	made = insert_once(operation, "request_key")
	if made is operation:
		_no_more_than(paid, given)
		_return(made, doc, given, frappe.parse_json(services) or [])
	return _answer(made, created=made is operation)


def _nothing(visit: str) -> dict:
	"""What `due` says where no books are kept: nothing is owed, nothing can be taken."""
	return {
		"visit": visit,
		"owed": 0,
		"balance": 0,
		"services": [],
		"credit": 0,
		"paid": dict.fromkeys(shifts.MODES, 0),
		"shift": None,
		"receipts": [],
	}


def _owed(visit, invoice: str | None) -> Decimal:
	if invoice:
		return max(ZERO, invoices.owed(invoice))
	if (visit.funding or SELF_PAY) == SELF_PAY:
		return books.money(visit.total)
	return insured.patients_part(visit)


def _is_the_patients(visit) -> bool:
	own = (visit.funding or SELF_PAY) == SELF_PAY
	return own or bool(invoices.of_patient(visit.name, visit.funding)) or insured.patients_part(visit) > 0


def _begin(visit: str):
	"""Check rights; return the visit, locked, read as it is now."""
	require(OPERATION, "create")
	frappe.db.commit()  # nothing is written yet: what others have just posted must be seen below
	frappe.db.get_value("Visit", visit, "name", for_update=True)
	doc = frappe.get_doc("Visit", visit)
	doc.check_permission("read")
	_books_are_kept()
	return doc


def _books_are_kept() -> None:
	if not books.available():
		books.company()


def _parts(given: list | str) -> list[Part]:
	rows = frappe.parse_json(given) or []
	parts = []
	for row in rows:
		mode = row.get("mode") if isinstance(row, dict) else None
		if mode not in shifts.MODES:
			raise Refusal("BAD_PARTS", _("Say how each part is paid"), "parts")
		part = Part(mode, shifts.amount(row.get("amount")), str(row.get("reference") or "")[:100])
		if part.amount:
			parts.append(part)
	if not parts:
		raise Refusal("BAD_PARTS", _("Say how each part is paid"), "parts")
	return parts


def _no_more_than(paid: dict[str, Decimal], parts: Sequence[Part]) -> None:
	for mode, most in paid.items():
		if sum((part.amount for part in parts if part.mode == mode), ZERO) > most:
			text = _("Only {0} was paid by this mode: {1}").format(most, _(mode))
			raise Refusal("NOT_PAID_SO", text, "parts", 409)


def _change(parts: Sequence[Part], tendered: Decimal) -> Decimal:
	cash = sum((part.amount for part in parts if part.mode == money.CASH), ZERO)
	if tendered and tendered < cash:
		raise Refusal("CHANGE_WRONG", _("Less cash was given than is paid in cash"), "tendered")
	return tendered - cash if tendered else ZERO


def _new(kind: str, visit, shift, parts: Sequence[Part], request_key: str):
	if not request_key or len(request_key) > 60:
		raise Refusal("BAD_KEY", _("The form is out of date: open it again"), "request_key")
	doc = frappe.new_doc(OPERATION)
	doc.flags.from_till = True
	doc.update(
		{
			"shift": shift.name,
			"branch": visit.branch,
			"kind": kind,
			"at": clock.now(),
			"patient": visit.patient,
			"visit": visit.name,
			"amount": float(sum((part.amount for part in parts), ZERO)),
			# The same key of another visit or kind is another form.
			"request_key": f"{kind[0]}{visit.name}-{request_key}",
		}
	)
	for part in parts:
		doc.append("parts", {"mode": part.mode, "amount": float(part.amount), "reference": part.reference})
	return doc


def _settle(operation, visit, parts: Sequence[Part]) -> None:
	invoices.charge(visit.name)
	invoice = invoices.of_patient(visit.name, visit.funding)
	owed = invoices.owed(invoice, lock=True) if invoice else ZERO
	if owed <= 0:
		raise Refusal("NOTHING_TO_PAY", _("The visit is paid"), status=409)
	_same_sum(books.money(operation.amount), owed)
	operation.db_set("invoice", invoice)
	customer = frappe.db.get_value(invoices.DOCTYPE, invoice, "customer")
	with books.as_system():
		for row, part in zip(operation.parts, parts, strict=True):
			posted = money.receive(_sum(operation, customer, row, {invoice: part.amount}))
			row.db_set("payment_entry", posted)
	sales.sold(operation)


def _return(operation, visit, parts: Sequence[Part], services: list[str]) -> None:
	invoice = invoices.of_patient(visit.name, visit.funding)
	if services and invoice:
		invoices.take_back(visit.name, services, operation.name, only=invoice)
	credits = invoices.credits(invoice) if invoice else {}
	left = books.money(operation.amount)
	if not credits:
		raise Refusal("NOTHING_TO_RETURN", _("There is nothing to give back"), status=409)
	if left > sum(credits.values(), ZERO):
		_same_sum(left, sum(credits.values(), ZERO))
	operation.db_set("invoice", invoice)
	fresh = invoices.list_returns(invoice, OPERATION, operation.name)
	customer = frappe.db.get_value(invoices.DOCTYPE, invoice, "customer")
	with books.as_system():
		for row, part in zip(operation.parts, parts, strict=True):
			posted = money.give_back(_sum(operation, customer, row, invoices.shares(credits, part.amount)))
			row.db_set("payment_entry", posted)
	sales.given_back(operation, fresh)


def _paid_by_mode(visit: str) -> dict[str, Decimal]:
	found = dict.fromkeys(shifts.MODES, ZERO)
	kinds = dict(frappe.get_all(OPERATION, {"visit": visit}, ["name", "kind"], as_list=True))
	filters = {"parenttype": OPERATION, "parent": ("in", list(kinds) or [""])}
	for row in frappe.get_all("Till Payment", filters, ["parent", "mode", "amount"]):
		found[row.mode] += books.money(row.amount) * (1 if kinds[row.parent] == SALE else -1)
	return found


def _same_sum(amount: Decimal, owed: Decimal) -> None:
	if amount != owed:
		text = _("{0} is to be paid, not {1}").format(owed, amount)
		raise Refusal("WRONG_SUM", text, "parts", 409, {"owed": float(owed)})


def _sum(operation, customer: str, row, shares: dict[str, Decimal]) -> Sum:
	return Sum(
		customer=customer,
		amount=books.money(row.amount),
		mode=row.mode,
		day=frappe.utils.getdate(operation.at),
		reference=row.reference or operation.name,
		invoices=shares,
		cost_center=branches.cost_center(operation.branch),
		remarks=_("Till, {0}", lang="ru").format(operation.name),
	)


def _answer(operation, created: bool) -> dict:
	return {
		"operation": operation.name,
		"amount": operation.amount,
		"change": operation.change_given or 0,
		"created": created,
	}
