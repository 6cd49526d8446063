import frappe
from frappe import _
from frappe.utils import getdate

from lab_erp.accounts.reporting import below, need
from lab_erp.utils.money import ZERO, money

FIELDS = ("account", "party_type", "party", "cost_center", "debit", "credit", "posting_date", "against")
MORE = ("voucher_type", "voucher_no", "against_voucher_type", "against_voucher", "remarks")


def execute(filters=None):
	"""Every entry of a span of days with a running balance, from the balance before it."""
	given = need(filters, "company", "from_date", "to_date")
	where = _where(given)
	before = frappe.get_all(
		"GL Entry", {**where, "posting_date": ("<", getdate(given.from_date))}, ("debit", "credit")
	)
	opening = sum((money(row.debit) - money(row.credit) for row in before), ZERO)
	span = ("between", (given.from_date, given.to_date))
	entries = frappe.get_all(
		"GL Entry", {**where, "posting_date": span}, (*FIELDS, *MORE), order_by="posting_date, creation, name"
	)
	return _columns(), _rows(opening, entries)


def _where(given):
	where = {"company": given.company}
	if not given.show_cancelled_entries:
		where["is_cancelled"] = 0
	for name in ("party_type", "party", "voucher_no"):
		if given.get(name):
			where[name] = given[name]
	for name, doctype in (("account", "Account"), ("cost_center", "Cost Center")):
		if given.get(name):
			where[name] = ("in", below(doctype, given[name]))
	return where


def _rows(opening, entries):
	balance, debits, credits = opening, ZERO, ZERO
	rows = [{"account": _("Opening"), "balance": float(opening)}]
	for entry in entries:
		debit, credit = money(entry.debit), money(entry.credit)
		balance, debits, credits = balance + debit - credit, debits + debit, credits + credit
		rows.append({**entry, "balance": float(balance)})
	total = {"debit": float(debits), "credit": float(credits), "balance": float(debits - credits)}
	rows.append({"account": _("Total"), **total, "bold": 1})
	closing = {"debit": float(debits), "credit": float(credits), "balance": float(balance)}
	rows.append({"account": _("Closing (Opening + Total)"), **closing, "bold": 1})
	return rows


def _columns():
	currency = {"fieldtype": "Currency", "width": 120}
	return [
		{"fieldname": "posting_date", "label": _("Posting Date"), "fieldtype": "Date", "width": 100},
		{
			"fieldname": "account",
			"label": _("Account"),
			"fieldtype": "Link",
			"options": "Account",
			"width": 220,
		},
		{"fieldname": "debit", "label": _("Debit"), **currency},
		{"fieldname": "credit", "label": _("Credit"), **currency},
		{"fieldname": "balance", "label": _("Balance"), **currency},
		{"fieldname": "voucher_type", "label": _("Voucher Type"), "width": 120},
		{
			"fieldname": "voucher_no",
			"label": _("Voucher No"),
			"fieldtype": "Dynamic Link",
			"options": "voucher_type",
			"width": 170,
		},
		{"fieldname": "against", "label": _("Against Account"), "width": 160},
		{"fieldname": "party_type", "label": _("Party Type"), "width": 100},
		{
			"fieldname": "party",
			"label": _("Party"),
			"fieldtype": "Dynamic Link",
			"options": "party_type",
			"width": 140,
		},
		{
			"fieldname": "cost_center",
			"label": _("Cost Center"),
			"fieldtype": "Link",
			"options": "Cost Center",
		},
		{"fieldname": "remarks", "label": _("Remarks"), "width": 240},
	]
