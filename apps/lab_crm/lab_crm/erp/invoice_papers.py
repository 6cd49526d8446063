"""Writing a visit's invoices and returns as the ERP wants them."""

from collections.abc import Iterable
from decimal import Decimal

import frappe
from frappe import _

from lab_crm.erp import balance, books, branches, items
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal

DOCTYPE = "Sales Invoice"


def write(visit, customer: str, rows: list, term: int, own: list, note: str = "") -> str:
	"""Make and submit an invoice of a visit.

	Args:
		customer: who owes.
		rows: what for: (row of the visit, price).
		term: days to pay.
		own: what was prepaid for the visit's booking.
		note: for the accountant.
	"""
	day = frappe.utils.getdate(visit.checked_in_at)
	doc = _blank(customer, visit.branch, day)
	doc.due_date = frappe.utils.add_days(day, term)
	doc.remarks = ". ".join(filter(None, (_("Visit {0}", lang="ru").format(visit.name), note)))
	for row, price in rows:
		doc.append("items", _line(doc, row.service, row.service_name, 1, price))
	total = sum((price for _row, price in rows), Decimal(0))
	for advance in _advances(customer, own, total):
		doc.append("advances", advance)
	books.submit(doc)
	if books.money(doc.grand_total) != total:
		# A tax or a pricing rule of the ERP has changed the price that the patient was told.
		text = _("The invoice comes to {0} instead of the booked {1}").format(doc.grand_total, total)
		raise Refusal("PRICE_CHANGED", text, status=409)
	return doc.name


def write_return(visit: str, invoice: str, rows: list) -> str:
	"""Make and submit the return of lines of an invoice; return its name."""
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
