"""A visit's invoice: what was bought at the price it was bought for, owed by whoever pays (F21)."""

from collections.abc import Collection, Iterable, Iterator
from decimal import Decimal

import frappe
from frappe import _

from lab_crm.catalogue.prices import SELF_PAY
from lab_crm.erp import balance, books, branches, counterparts, items, payers
from lab_crm.journey import events
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal

DOCTYPE, ROLE = "Sales Invoice", "invoice"
# Days that an insurer or a company has to pay.
TERM_DAYS = 30


def charge(visit: str) -> str | None:
	"""Return the invoice of a visit, made and submitted if there is none; None where there is nothing to pay
	or no ERP.

	Args:
		visit: name of the Visit.
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


def owed(invoice: str) -> Decimal:
	"""Return what is still owed on an invoice; below zero the laboratory owes it."""
	return books.money(frappe.db.get_value(DOCTYPE, invoice, "outstanding_amount"))


def payment_submitted(payment, _method: str | None = None) -> None:
	"""Announce the visits that a Payment Entry has paid, whoever made it; a hook of the ERP's document."""
	for row in payment.references:
		if row.reference_doctype == DOCTYPE:
			announce_paid(row.reference_name)


def announce_paid(invoice: str) -> None:
	"""Emit `invoice.paid` for a visit's invoice on which nothing is owed; once."""
	filters = {"erp_doctype": DOCTYPE, "erp_name": invoice, "role": ROLE}
	link = frappe.db.get_value(counterparts.DOCTYPE, filters, ("name", "subject", "seen_at"), as_dict=True)
	if not link or link.seen_at:
		return
	fields = ("grand_total", "outstanding_amount", "customer", "docstatus")
	found = frappe.db.get_value(DOCTYPE, invoice, fields, as_dict=True)
	if not found or found.docstatus != 1 or books.money(found.outstanding_amount) > 0:
		return
	frappe.db.set_value(counterparts.DOCTYPE, link.name, "seen_at", clock.now())
	visit = frappe.db.get_value("Visit", link.subject, ("name", "patient", "booking"), as_dict=True)
	services = [row.service for row in _bought(frappe.get_doc("Visit", visit.name))]
	keys = {"visit": visit.name, "patient": visit.patient, "booking": visit.booking, "invoice": invoice}
	details = {"amount": float(found.grand_total), "payer": found.customer, "service": ", ".join(services)}
	events.emit("invoice.paid", **keys, **details)


def _bought(visit) -> list:
	if visit.services or not visit.booking:
		return visit.services
	return frappe.get_doc("Booking", visit.booking).services


def _make(visit, bought: list) -> str:
	customer = payers.of_visit(visit)
	day = frappe.utils.getdate(visit.checked_in_at)
	term = 0 if (visit.funding or SELF_PAY) == SELF_PAY else TERM_DAYS
	doc = _blank(customer, visit.branch, day)
	doc.due_date = frappe.utils.add_days(day, term)
	doc.remarks = _("Visit {0}", lang="ru").format(visit.name)
	for row in bought:
		doc.append("items", _line(doc, row.service, row.service_name, 1, row.price))
	total = sum((books.money(row.price) for row in bought), Decimal(0))
	for advance in _advances(visit, customer, total):
		doc.append("advances", advance)
	books.submit(doc)
	if books.money(doc.grand_total) != total:
		# A tax or a pricing rule of the ERP has changed the price that the patient was told.
		text = _("The invoice comes to {0} instead of the booked {1}").format(doc.grand_total, total)
		raise Refusal("PRICE_CHANGED", text, status=409)
	return doc.name


def _make_return(visit: str, invoice: str, rows: list) -> str:
	original = frappe.get_doc(DOCTYPE, invoice)
	branch = frappe.db.get_value("Visit", visit, "branch")
	doc = _blank(original.customer, branch, clock.now().date())
	total = sum((books.money(row.rate) for row in rows), Decimal(0))
	doc.update({"is_return": 1, "return_against": invoice, "debit_to": original.debit_to})
	# What is still owed is lowered; money that has been paid becomes the laboratory's debt.
	doc.update_outstanding_for_self = int(owed(invoice) < total)
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


def is_untouched(return_: str) -> bool:
	"""Say whether nothing has been given back on a return yet."""
	row = frappe.db.get_value(DOCTYPE, return_, ("grand_total", "outstanding_amount"), as_dict=True)
	return books.money(row.grand_total) == books.money(row.outstanding_amount)


def not_returned(invoice: str, services: Collection[str] | None = None) -> Iterator:
	"""Yield the lines of an invoice that have not been returned.

	Args:
		invoice: name of the Sales Invoice.
		services: only lines of these; None takes all.
	"""
	returns = frappe.get_all(DOCTYPE, {"return_against": invoice, "docstatus": 1}, pluck="name")
	filters = {"parenttype": DOCTYPE, "parent": ("in", returns or [""])}
	before = frappe.get_all("Sales Invoice Item", filters, pluck="item_code")
	for row in frappe.get_doc(DOCTYPE, invoice).items:
		if row.item_code in before:
			before.remove(row.item_code)
		elif services is None or row.item_code in services:
			yield row


def _advances(visit, customer: str, total: Decimal) -> Iterable[dict]:
	"""Yield what was paid before: for this visit's booking first, then the patient's free money.

	What was prepaid for another booking, or waits to be refunded, is left alone.
	"""
	own, free = [], []
	for row in balance.free_advances(customer):
		if not row.subject:
			free.append(row)
			continue
		paid = frappe.db.get_value("Patient Payment", row.subject, ("booking", "status"), as_dict=True)
		if paid and paid.status == "Applied" and visit.booking and paid.booking == visit.booking:
			own.append(row)
	spare = sum((row.left for row in free), Decimal(0)) - balance.given_back(customer)
	for row in (*own, *free):
		part = min(row.left, total, row.left if row.subject else spare)
		if part <= 0:
			continue
		total -= part
		spare -= Decimal(0) if row.subject else part
		yield {
			"reference_type": "Payment Entry",
			"reference_name": row.name,
			"advance_amount": float(row.left),
			"allocated_amount": float(part),
			"ref_exchange_rate": 1,
		}
