"""Guarantee letters of DMS insurers (F81): which one pays for what of a visit, and the limits they keep.

A letter is locked before its limit is looked at, and stays so until the invoice is made: two visits at the
same moment cannot spend the same money.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import frappe
from frappe import _

from lab_crm.catalogue import price_book
from lab_crm.erp import books, insurers
from lab_crm.erp.coverage import (
	AMOUNT_SPENT,
	NO_LETTER,
	OUTSIDE_CONTRACT,
	OUTSIDE_LETTER,
	QUANTITY_SPENT,
	Decision,
	Letter,
	Line,
	decide,
)
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal
from lab_crm.utils.once import insert_once
from lab_crm.utils.workflow import system_move

LETTER, USE = "Guarantee Letter", "Guarantee Letter Use"
APPROVED, EXHAUSTED, EXPIRED = "Approved", "Exhausted", "Expired"
# Expired tomorrow, it still pays for what was done today.
USABLE = (APPROVED, EXHAUSTED, EXPIRED)
DMS = "DMS"
EXPLANATIONS = {
	NO_LETTER: "there is no valid guarantee letter",
	OUTSIDE_CONTRACT: "the programme does not cover it",
	OUTSIDE_LETTER: "the guarantee letter does not name it",
	QUANTITY_SPENT: "the number of services in the letter is used up",
	AMOUNT_SPENT: "it does not fit into what is left of the limit",
}


@dataclass(frozen=True)
class Share:
	"""A bought row and who pays for it; `price` is the insurer's where it pays, else the visit's."""

	row: object
	price: Decimal
	decision: Decision

	@property
	def covered(self) -> bool:
		return self.decision.covered

	@property
	def service_name(self) -> str:
		"""The name of the service for people."""
		known = self.row.service_name or frappe.get_cached_value(
			"Lab Service", self.row.service, "service_name"
		)
		return known or self.row.service


@dataclass(frozen=True)
class Funding:
	"""Who pays for a visit by DMS: the insurer's name (None: not known), its contract, the rows."""

	insurer: str | None
	contract: object
	shares: Sequence[Share]

	def covered(self) -> list[Share]:
		return [share for share in self.shares if share.covered]

	def rest(self) -> list[Share]:
		return [share for share in self.shares if not share.covered]


def fund(doc, bought: Sequence, day: date, lock: bool = False) -> Funding:
	"""Decide who pays for what was bought by DMS.

	Without a contract in the books nothing is known of its terms: the insurer of the policy is billed.

	Args:
		doc: the Visit, or the Booking before it: patient, branch.
		bought: rows with service, price.
		day: of the visit.
		lock: nobody else may use the patient's letters until the transaction ends.
	"""
	insurer = insurers.of_policy(doc.patient, DMS, day)
	letters = _letters(doc.patient, insurer, day, lock)
	contract = insurers.contract(letters[0].contract) if letters else insurers.contract_of(insurer, DMS, day)
	if letters:
		letters = [letter for letter in letters if letter.insurer_key == letters[0].insurer_key]
		insurer = contract.insurer
	prices = _prices(doc, bought, day, contract)
	lines = _lines(bought, prices)
	if not contract:
		return Funding(
			insurer, None, [_share(row, Decision(line)) for row, line in zip(bought, lines, strict=True)]
		)
	own = doc.name if doc.doctype == "Visit" else None
	purses = [_purse(letter, own, lock) for letter in letters]
	required = bool(contract.letter_required)
	decisions = decide(lines, insurers.rules(contract.covered), purses, required)
	return Funding(insurer, contract, [_share(*pair) for pair in zip(bought, decisions, strict=True)])


def reserve(visit: str, funding: Funding, invoice: str) -> None:
	"""Write down what letters pay for in a visit's invoice; they are locked already.

	Args:
		visit: name of the Visit.
		funding: as `fund` decided with `lock`.
		invoice: name of the insurer's Sales Invoice.
	"""
	times: dict[str, int] = {}
	for share in funding.covered():
		service = share.decision.line.service
		times[service] = times.get(service, 0) + 1
		if not share.decision.letter:
			continue
		values = {
			"letter": share.decision.letter,
			"visit": visit,
			"service": service,
			"category": share.decision.line.category,
			"amount": float(share.price),
			"invoice": invoice,
			"released_at": None,
		}
		doc = frappe.new_doc(USE)
		doc.update({**values, "use_key": f"{visit}:{service}:{times[service]}"})
		made = insert_once(doc, "use_key")
		if made is not doc:  # the invoice was deleted and is made anew
			frappe.db.set_value(USE, made.name, values)
	for letter in sorted({share.decision.letter for share in funding.covered() if share.decision.letter}):
		recount(letter)


def why(rest: Iterable[Share]) -> str:
	"""Return in the laboratory's language why the patient pays for rows, for the invoice."""
	parts = (f"{share.service_name}: {reason_text(share, 'ru')}" for share in rest)
	return _("The insurer does not pay: {0}", lang="ru").format("; ".join(parts))


def reason_text(share: Share, lang: str | None = None) -> str:
	"""Say why the patient pays for a row; empty when the insurer pays."""
	reason = share.decision.reason
	return _(EXPLANATIONS[reason], lang=lang) if reason else ""


def lock_of_visit(visit: str) -> None:
	"""Lock the letters that have paid for a visit, before anything of its invoice changes."""
	for letter in sorted(set(frappe.get_all(USE, {"visit": visit}, pluck="letter"))):
		frappe.db.get_value(LETTER, letter, "name", for_update=True)


def release(invoice: str, services: Iterable[str] | None = None) -> None:
	"""Give letters back what an invoice does not bill any more.

	Args:
		invoice: name of the insurer's Sales Invoice.
		services: each as often as it was returned; None: all.
	"""
	left = None if services is None else list(services)
	touched = set()
	for use in _uses({"invoice": invoice, "released_at": ("is", "not set")}):
		if left is None or use.service in left:
			if left is not None:
				left.remove(use.service)
			frappe.db.set_value(USE, use.name, "released_at", clock.now())
			touched.add(use.letter)
	for letter in sorted(touched):
		recount(letter)


def take_again(invoice: str, services: Iterable[str]) -> None:
	"""Charge letters with what was returned when the return itself is cancelled.

	Raises:
		Refusal: LETTER_SPENT (409): something else has been paid by the letter meanwhile.
	"""
	left, touched = list(services), set()
	for use in _uses({"invoice": invoice, "released_at": ("is", "set")}):
		if use.service in left:
			left.remove(use.service)
			frappe.db.set_value(USE, use.name, "released_at", None)
			touched.add(use.letter)
	for letter in sorted(touched):
		purse = recount(letter)
		over = purse.amount is not None and purse.spent > purse.amount
		if over or (purse.quantity is not None and len(purse.used) > purse.quantity):
			number = frappe.db.get_value(LETTER, letter, "number")
			text = _("The limit of guarantee letter {0} is taken by other services").format(number)
			raise Refusal("LETTER_SPENT", text, status=409)


def recount(letter: str) -> Letter:
	"""Bring the sums and the status of a letter to what it has paid for; return it.

	Args:
		letter: name of the Guarantee Letter; locked from here on.
	"""
	doc = frappe.get_doc(LETTER, letter, for_update=True)
	purse = _purse(_row(doc), None, lock=True)
	status = doc.status
	if status in (APPROVED, EXHAUSTED):
		status = EXHAUSTED if purse.is_spent else APPROVED
	system_move(doc, status, used_amount=float(purse.spent), used_quantity=len(purse.used))
	return purse


def expire() -> None:
	"""Close the letters whose last day has passed; run by the scheduler."""
	filters = {"status": ("in", (APPROVED, EXHAUSTED)), "valid_to": ("<", clock.now().date())}
	for name in frappe.get_all(LETTER, filters, pluck="name"):
		doc = frappe.get_doc(LETTER, name, for_update=True)
		if doc.status in (APPROVED, EXHAUSTED):
			system_move(doc, EXPIRED)


def invoice_cancelled(invoice, _method: str | None = None) -> None:
	"""Give letters back what a cancelled invoice billed, or charge them again when a return is cancelled; a
	hook of the ERP's document.
	"""
	if invoice.is_return and invoice.return_against:
		take_again(invoice.return_against, [row.item_code for row in invoice.items])
	elif not invoice.is_return:
		release(invoice.name)


def _share(row, decision: Decision) -> Share:
	price = decision.line.price if decision.covered else books.money(row.price)
	return Share(row, price, decision)


def _lines(bought: Sequence, prices: dict[str, Decimal]) -> list[Line]:
	categories = dict(
		frappe.get_all(
			"Lab Service",
			{"name": ("in", [row.service for row in bought])},
			["name", "category"],
			as_list=True,
		)
	)
	return [
		Line(row.service, categories.get(row.service), prices.get(row.service, books.money(row.price)))
		for row in bought
	]


def _prices(doc, bought: Sequence, day: date, contract) -> dict[str, Decimal]:
	"""Return what the negotiated price list of a contract says; a service that is not in it is left out."""
	if not contract or not contract.price_list:
		return {}
	names = [row.service for row in bought]
	found = price_book.prices_of(names, doc.branch, day, DMS, contract.price_list)
	return {name: price.price for name, price in found.items() if price.price_list == contract.price_list}


def _letters(patient: str, insurer: str | None, day: date, lock: bool) -> list[frappe._dict]:
	"""Return the letters that may pay on a day, the first to end first: of the insurer of the policy, or
	without a policy of whoever has given one.
	"""
	filters = {
		"patient": patient,
		"status": ("in", USABLE),
		"valid_from": ("<=", day),
		"valid_to": (">=", day),
	}
	names = frappe.get_all(LETTER, filters, pluck="name")
	if lock:
		docs = [frappe.get_doc(LETTER, name, for_update=True) for name in sorted(names)]
	else:
		docs = [frappe.get_doc(LETTER, name) for name in names]
	rows = [_row(doc) for doc in docs if doc.status in USABLE]
	wanted = insurers.key_of(insurer) if insurer else None
	fitting = [row for row in rows if row.insurer_key == wanted or not wanted]
	return sorted(fitting, key=lambda row: (row.valid_to, row.name))


def _row(doc) -> frappe._dict:
	return frappe._dict(
		name=doc.name,
		contract=doc.contract,
		insurer_key=insurers.key_of(doc.insurer),
		valid_to=frappe.utils.getdate(doc.valid_to),
		amount=books.money(doc.limit_amount) or None,
		quantity=doc.limit_quantity or None,
		rules=insurers.rules(doc.services),
	)


def _purse(row: frappe._dict, own_visit: str | None, lock: bool) -> Letter:
	filters = {"letter": row.name, "released_at": ("is", "not set")}
	used = [
		Line(use.service, use.category, books.money(use.amount))
		for use in _uses(filters, lock)
		if use.visit != own_visit
	]
	return Letter(row.name, row.rules, row.amount, row.quantity, used)


def _uses(filters: dict, lock: bool = True) -> list[frappe._dict]:
	"""Return uses, with `lock` as they are now rather than as this transaction's snapshot has them."""
	table = frappe.qb.DocType(USE)
	query = frappe.qb.from_(table).select(
		table.name, table.letter, table.visit, table.service, table.category, table.amount
	)
	for field, value in filters.items():
		if field == "released_at":
			empty = value == ("is", "not set")
			query = query.where(table.released_at.isnull() if empty else table.released_at.isnotnull())
		else:
			query = query.where(table[field] == value)
	query = query.orderby(table.creation).orderby(table.name)
	return (query.for_update() if lock else query).run(as_dict=True)
