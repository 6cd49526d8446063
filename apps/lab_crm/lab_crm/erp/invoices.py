"""A visit's invoice: what was bought at the price it was bought for, owed by whoever pays (F21)."""

from collections.abc import Collection, Iterator
from decimal import Decimal

import frappe
from frappe import _

from lab_crm.catalogue.prices import SELF_PAY
from lab_crm.erp import balance, books, counterparts, guarantee, invoice_papers, payers, prepayments
from lab_crm.journey import events
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal

DOCTYPE, ROLE = invoice_papers.DOCTYPE, "invoice"
# What the patient owes for a visit by DMS, and (with a key) for what the insurer has refused later; the
# insurer's is the visit's invoice, if it pays for anything.
PATIENTS = "patient invoice"
# Role of the operation whose receipt has taken a return into account.
LISTED = "listed in"
# Days that an insurer or a company has to pay.
TERM_DAYS = 30


def charge(visit: str, announce: bool = True) -> str | None:
	"""Return the invoice of a visit, made and submitted if there is none; None where there is nothing to pay
	or no ERP.

	Args:
		visit: name of the Visit.
		announce: say that it is paid if it is; not while services of it are about to be taken back.
	"""
	if not books.available():
		return None
	# One at a time: the till takes the same lock before it looks at anything, and so sees the whole invoice.
	doc = frappe.get_doc("Visit", visit, for_update=True)
	bought = [row for row in bought_for(doc) if books.money(row.price)]
	if not bought:
		return None
	with books.as_system():
		name = counterparts.once("Visit", visit, ROLE, DOCTYPE, lambda: _make(doc, bought))
		if announce:
			for each in of_visit(visit):
				announce_paid(each)
	return name


def of_visit(visit: str) -> list[str]:
	"""Return the invoices of a visit: one, or the insurer's and then the patient's."""
	main = counterparts.of("Visit", visit, ROLE)
	return list(dict.fromkeys(filter(None, (main, *_patients(visit)))))


def of_patient(visit: str, funding: str | None) -> str | None:
	"""Return the invoice by which the patient owes for a visit; of several the first that is not settled.

	Args:
		visit: name of the Visit.
		funding: of the visit.
	"""
	if (funding or SELF_PAY) == SELF_PAY:
		return counterparts.of("Visit", visit, ROLE)
	found = _patients(visit)
	return next((name for name in found if owed(name)), found[-1] if found else None)


def _patients(visit: str) -> list[str]:
	filters = {"subject_doctype": "Visit", "subject": visit, "role": ("like", f"{PATIENTS}%")}
	return frappe.get_all(counterparts.DOCTYPE, filters, pluck="erp_name", order_by="role")


def move_to_patient(visit: str, invoice: str, row_name: str, key: str) -> str:
	"""Take a line that the insurer has refused off its invoice and bill the patient for it, at the price of
	the visit; return the patient's invoice.

	Args:
		visit: name of the Visit.
		invoice: the insurer's.
		row_name: name of the line.
		key: name of what caused it (a row of a register).

	Raises:
		Refusal: NOT_BILLED (409): the line was returned meanwhile.
	"""
	doc = frappe.get_doc("Visit", visit, for_update=True)
	guarantee.lock_of_visit(visit)
	line = frappe.get_doc("Sales Invoice Item", row_name)
	rows = list(not_returned(invoice, [line.item_code]))[:1]
	if not rows:
		raise Refusal("NOT_BILLED", _("The insurer is not billed for this any more"), status=409)
	bought = next((row for row in bought_for(doc) if row.service == line.item_code), None)
	price = books.money(bought.price if bought else line.rate)
	what = frappe._dict(service=line.item_code, service_name=line.item_name)
	note = _("The insurer has refused to pay", lang="ru")
	customer = _patients_customer(doc.patient, [])
	role = f"{PATIENTS} {key}" if counterparts.of("Visit", visit, PATIENTS) else PATIENTS
	with books.as_system():
		invoice_papers.write_return(visit, invoice, rows)
		make = lambda: invoice_papers.write(doc, customer, [(what, price)], 0, [], note)  # noqa: E731
		return counterparts.once("Visit", visit, role, DOCTYPE, make)


def take_back(visit: str, services: Collection[str], key: str, only: str | None = None) -> str | None:
	"""Return the return (credit note) of services of a visit that were not done; made once for a key and an
	invoice, the visit's own first.

	Args:
		visit: name of the Visit.
		services: what was bought and is not done.
		key: name of what caused it (a Lab Order, an operation of the till).
		only: name of the invoice to take from; None: whichever bills them.
	"""
	guarantee.lock_of_visit(visit)
	made = []
	for name in of_visit(visit):
		if only in (None, name) and frappe.db.get_value(DOCTYPE, name, "docstatus") == 1:
			role = (
				f"return {key}" if name == counterparts.of("Visit", visit, ROLE) else f"return {key} {name}"
			)
			made.append(_taken_back(visit, name, services, role))
	return next(filter(None, made), None)


def _taken_back(visit: str, invoice: str, services: Collection[str], role: str) -> str | None:
	rows = list(not_returned(invoice, services))
	if not rows:
		return counterparts.of("Visit", visit, role)
	with books.as_system():
		return counterparts.once(
			"Visit", visit, role, DOCTYPE, lambda: invoice_papers.write_return(visit, invoice, rows)
		)


def owed(invoice: str, lock: bool = False) -> Decimal:
	"""Return what is still owed on an invoice; below zero the laboratory owes it.

	ERPNext lets a return that exceeds what is owed stand for itself: both count. With `lock` nobody else may
	change the sums until the transaction ends.
	"""
	return sum(
		(
			books.money(frappe.db.get_value(DOCTYPE, name, "outstanding_amount", for_update=lock))
			for name in (*_returns(invoice), invoice)
		),
		Decimal(0),
	)


def payment_submitted(payment, _method: str | None = None) -> None:
	"""Announce the visits that a Payment Entry has paid, whoever made it; a hook of the ERP's document."""
	for row in payment.references:
		if row.reference_doctype == DOCTYPE:
			announce_paid(row.reference_name)


def return_submitted(return_, _method: str | None = None) -> None:
	"""Give guarantee letters back what a return takes off an invoice and announce the visit that it has
	settled, whoever made it; a hook of the ERP's document.
	"""
	if return_.is_return and return_.return_against:
		guarantee.release(return_.return_against, [row.item_code for row in return_.items])
		announce_paid(return_.return_against)


def announce_paid(invoice: str) -> None:
	"""Emit `invoice.paid` for a visit's invoice on which nothing is owed; once."""
	filters = {"erp_doctype": DOCTYPE, "erp_name": invoice, "role": ("like", f"%{ROLE}%")}
	fields = ("name", "subject", "seen_at")
	link = frappe.db.get_value(counterparts.DOCTYPE, filters, fields, as_dict=True, order_by="role")
	if not link or link.seen_at:
		return
	fields = ("customer", "docstatus")
	found = frappe.db.get_value(DOCTYPE, invoice, fields, as_dict=True)
	if not found or found.docstatus != 1 or owed(invoice) > 0:
		return
	kept = list(not_returned(invoice))
	amount = sum((books.money(row.amount) for row in kept), Decimal(0))
	if not amount:  # everything was taken back: nothing is paid
		return
	frappe.db.set_value(counterparts.DOCTYPE, link.name, "seen_at", clock.now())
	visit = frappe.db.get_value("Visit", link.subject, ("name", "patient", "booking"), as_dict=True)
	services = ", ".join(row.item_code for row in kept)
	keys = {"visit": visit.name, "patient": visit.patient, "booking": visit.booking, "invoice": invoice}
	details = {"amount": float(amount), "payer": found.customer, "service": services}
	events.emit("invoice.paid", **keys, **details)


def bought_for(visit) -> list:
	"""Return the rows of what a visit is for: its own, else those of its booking."""
	if visit.services or not visit.booking:
		return visit.services
	return frappe.get_doc("Booking", visit.booking).services


def visit_of(invoice: str) -> str | None:
	"""Return the visit that an invoice is of."""
	filters = {"erp_doctype": DOCTYPE, "erp_name": invoice, "role": ("like", f"%{ROLE}%")}
	return frappe.db.get_value(counterparts.DOCTYPE, filters, "subject", order_by="role")


def _make(visit, bought: list) -> str:
	own = list(prepayments.of_booking(visit.booking))
	if (visit.funding or SELF_PAY) == guarantee.DMS:
		return _make_insured(visit, bought, own)
	rows = [(row, books.money(row.price)) for row in bought]
	term = 0 if (visit.funding or SELF_PAY) == SELF_PAY else TERM_DAYS
	return invoice_papers.write(visit, _customer(visit, own), rows, term, own)


def _make_insured(visit, bought: list, own: list) -> str:
	"""Bill the insurer for what it pays, the patient for the rest; return the insurer's, if there is one."""
	day = frappe.utils.getdate(visit.checked_in_at)
	funding = guarantee.fund(visit, bought, day, lock=True)
	covered, rest = funding.covered(), funding.rest()
	theirs = patients = None
	if covered:
		payer = payers.insurer(guarantee.DMS, funding.insurer)
		term = funding.contract.payment_days if funding.contract else TERM_DAYS
		theirs = invoice_papers.write(visit, payer, [(share.row, share.price) for share in covered], term, [])
		guarantee.reserve(visit.name, funding, theirs)
	if rest:
		rows = [(share.row, share.price) for share in rest]
		customer = _patients_customer(visit.patient, own)
		make = lambda: invoice_papers.write(visit, customer, rows, 0, own, guarantee.why(rest))  # noqa: E731
		patients = counterparts.once("Visit", visit.name, PATIENTS, DOCTYPE, make)
	return theirs or patients


def _customer(visit, own: list) -> str:
	"""Return who owes for a visit. Merged cards leave a patient several customers, and the ERP lets a payment
	of one settle no invoice of another: the invoice goes to the one that has paid.
	"""
	customer = payers.of_visit(visit)
	known = payers.customers_of(visit.patient)
	return _patients_customer(visit.patient, own) if customer in known else customer


def _patients_customer(patient: str, own: list) -> str:
	customer, known = payers.of_patient(patient), payers.customers_of(patient)
	if len(known) < 2:
		return customer
	paid = [row.party for row in own if row.party in known]
	return paid[0] if paid else max(known, key=balance.spare)


def credits(invoice: str) -> dict[str, Decimal]:
	"""Return what the laboratory owes on an invoice and on returns that stand for themselves, less what is
	owed on the invoice: document → sum above zero; locks them.
	"""
	found, due = {}, Decimal(0)
	for name in (*_returns(invoice), invoice):
		left = books.money(frappe.db.get_value(DOCTYPE, name, "outstanding_amount", for_update=True))
		if left < 0:
			found[name] = -left
		else:
			due += left
	shares(found, due)
	return {name: left for name, left in found.items() if left}


def credit(invoice: str) -> Decimal:
	"""Return what the laboratory owes on an invoice, without locks."""
	return max(-owed(invoice), Decimal(0))


def shares(credits: dict[str, Decimal], amount: Decimal) -> dict[str, Decimal]:
	"""Take an amount from what the laboratory owes, the first ones first; lowers `credits`."""
	taken = {}
	for name in credits:
		part = min(credits[name], amount)
		if part:
			taken[name] = part
			credits[name] -= part
			amount -= part
	return taken


def list_returns(invoice: str, for_doctype: str, for_name: str) -> list[str]:
	"""Return the returns of an invoice that no receipt has taken into account yet; from now on one has.

	Args:
		for_doctype, for_name: what the receipt is of (a Till Operation, a Visit).
	"""
	fresh = [name for name in _returns(invoice) if not counterparts.of(DOCTYPE, name, LISTED)]
	for name in fresh:
		counterparts.once(DOCTYPE, name, LISTED, for_doctype, lambda: for_name)
	return fresh


def _returns(invoice: str) -> list[str]:
	filters = {"return_against": invoice, "docstatus": 1}
	return frappe.get_all(DOCTYPE, filters, pluck="name", order_by="creation, name")


def not_returned(invoice: str, services: Collection[str] | None = None) -> Iterator:
	"""Yield the lines of an invoice that have not been returned.

	Args:
		invoice: name of the Sales Invoice.
		services: only lines of these; None takes all.
	"""
	filters = {"parenttype": DOCTYPE, "parent": ("in", _returns(invoice) or [""])}
	before = frappe.get_all("Sales Invoice Item", filters, pluck="item_code")
	for row in frappe.get_doc(DOCTYPE, invoice).items:
		if row.item_code in before:
			before.remove(row.item_code)
		elif services is None or row.item_code in services:
			yield row
