"""A visit's invoice: what was bought at the price it was bought for, owed by whoever pays (F21)."""

from collections.abc import Collection, Iterable, Iterator
from decimal import Decimal

import frappe
from frappe import _

from lab_crm.catalogue.prices import SELF_PAY
from lab_crm.erp import balance, books, branches, counterparts, items, payers, prepayments
from lab_crm.journey import events
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal

DOCTYPE, ROLE = "Sales Invoice", "invoice"
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
	bought = [row for row in _bought(doc) if books.money(row.price)]
	if not bought:
		return None
	with books.as_system():
		name = counterparts.once("Visit", visit, ROLE, DOCTYPE, lambda: _make(doc, bought))
		if announce:
			announce_paid(name)
	return name


def take_back(visit: str, services: Collection[str], key: str) -> str | None:
	"""Return the return (credit note) of services of a visit that were not done; made once for a key.

	Args:
		visit: name of the Visit.
		services: what was bought and is not done.
		key: name of what caused it (a Lab Order, an operation of the till).
	"""
	invoice = counterparts.of("Visit", visit, ROLE)
	if not invoice or frappe.db.get_value(DOCTYPE, invoice, "docstatus") != 1:
		return None
	rows = list(not_returned(invoice, services))
	if not rows:
		return counterparts.of("Visit", visit, f"return {key}")
	with books.as_system():
		return counterparts.once(
			"Visit", visit, f"return {key}", DOCTYPE, lambda: _make_return(visit, invoice, rows)
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
	"""Announce the visit that a return has settled, whoever made it; a hook of the ERP's document."""
	if return_.is_return and return_.return_against:
		announce_paid(return_.return_against)


def announce_paid(invoice: str) -> None:
	"""Emit `invoice.paid` for a visit's invoice on which nothing is owed; once."""
	filters = {"erp_doctype": DOCTYPE, "erp_name": invoice, "role": ROLE}
	link = frappe.db.get_value(counterparts.DOCTYPE, filters, ("name", "subject", "seen_at"), as_dict=True)
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


def _bought(visit) -> list:
	if visit.services or not visit.booking:
		return visit.services
	return frappe.get_doc("Booking", visit.booking).services


def _make(visit, bought: list) -> str:
	own = list(prepayments.of_booking(visit.booking))
	customer = _customer(visit, own)
	day = frappe.utils.getdate(visit.checked_in_at)
	term = 0 if (visit.funding or SELF_PAY) == SELF_PAY else TERM_DAYS
	doc = _blank(customer, visit.branch, day)
	doc.due_date = frappe.utils.add_days(day, term)
	doc.remarks = _("Visit {0}", lang="ru").format(visit.name)
	for row in bought:
		doc.append("items", _line(doc, row.service, row.service_name, 1, row.price))
	total = sum((books.money(row.price) for row in bought), Decimal(0))
	for advance in _advances(customer, own, total):
		doc.append("advances", advance)
	books.submit(doc)
	if books.money(doc.grand_total) != total:
		# A tax or a pricing rule of the ERP has changed the price that the patient was told.
		text = _("The invoice comes to {0} instead of the booked {1}").format(doc.grand_total, total)
		raise Refusal("PRICE_CHANGED", text, status=409)
	return doc.name


def _customer(visit, own: list) -> str:
	"""Return who owes for a visit. Merged cards leave a patient several customers, and the ERP lets a payment
	of one settle no invoice of another: the invoice goes to the one that has paid.
	"""
	customer = payers.of_visit(visit)
	known = payers.customers_of(visit.patient)
	if customer not in known or len(known) < 2:
		return customer
	paid = [row.party for row in own if row.party in known]
	return paid[0] if paid else max(known, key=balance.spare)


def _make_return(visit: str, invoice: str, rows: list) -> str:
	original = frappe.get_doc(DOCTYPE, invoice)
	branch = frappe.db.get_value("Visit", visit, "branch")
	doc = _blank(original.customer, branch, clock.now().date())
	doc.update({"is_return": 1, "return_against": invoice, "debit_to": original.debit_to})
	# It lowers what is owed on the invoice itself; below zero it is the laboratory's debt.
	doc.update_outstanding_for_self = 0
	doc.due_date = doc.posting_date
	for row in rows:
		line = _line(doc, row.item_code, row.item_name, -1, row.rate)
		doc.append("items", {**line, "sales_invoice_item": row.name})
	return books.submit(doc).name


def _blank(customer: str, branch: str, day):
	currency = books.setting("default_currency")
	return books.new(
		DOCTYPE,
		customer=customer,
		posting_date=day,
		set_posting_time=1,
		currency=currency,
		conversion_rate=1,
		selling_price_list=items.standard(),
		price_list_currency=currency,
		plc_conversion_rate=1,
		ignore_pricing_rule=1,
		disable_rounded_total=1,
		allocate_advances_automatically=0,
		update_stock=0,
		cost_center=branches.cost_center(branch),
	)


def _line(invoice, service: str, name: str | None, qty: int, rate: object) -> dict:
	unit = items.unit()
	item = items.of(service)
	return {
		"item_code": item,
		"item_name": (name or item)[:140],
		"description": name or item,
		"qty": qty,
		"uom": unit,
		"stock_uom": unit,
		"conversion_factor": 1,
		"rate": float(rate),
		"price_list_rate": float(rate),
		"income_account": books.setting("default_income_account"),
		"cost_center": invoice.cost_center,
	}


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


def _advances(customer: str, own: Iterable, total: Decimal) -> Iterable[dict]:
	"""Yield what was paid before: for this visit's booking first, then the patient's free money.

	What was prepaid for another booking, or waits to be refunded, is left alone.
	"""
	own = [row for row in own if row.party == customer]
	free = [row for row in balance.free_advances(customer) if not row.subject]
	spare = balance.spare(customer)
	for row in (*own, *free):
		part = min(row.left, total, spare if row in free else row.left)
		if part <= 0:
			continue
		total -= part
		spare -= part if row in free else Decimal(0)
		yield {
			"reference_type": "Payment Entry",
			"reference_name": row.name,
			"advance_amount": float(row.left),
			"allocated_amount": float(part),
			"ref_exchange_rate": 1,
		}
