from collections import defaultdict

import frappe
from frappe import _
from frappe.utils import date_diff, getdate

from lab_erp.accounts import ageing
from lab_erp.accounts.reporting import need
from lab_erp.utils.errors import refuse
from lab_erp.utils.money import ZERO, money

FIELDS = ("party", "debit", "credit", "posting_date", "due_date", "voucher_type", "voucher_no")


def execute(filters=None):
	"""What each customer owes as of a day, by document, with its age; money paid ahead is negative."""
	given = need(filters, "company", "report_date")
	try:
		ends = ageing.ranges(given.range)
	except ValueError:
		refuse(_("Ageing ranges are rising numbers of days"))
	rows = [
		_row(key, debt, given.report_date, ends) for key, debt in _debts(given).items() if debt["balance"]
	]
	names = dict(frappe.get_all("Customer", fields=("name", "customer_name"), as_list=True)) if rows else {}
	for row in rows:
		row["customer_name"] = names.get(row["party"])
	rows.sort(key=lambda row: (row["customer_name"] or "", row["posting_date"], row["voucher_no"]))
	return _columns(ends), rows + ([_total(rows, ends)] if rows else [])


def _debts(given):
	where = {
		"company": given.company,
		"is_cancelled": 0,
		"party_type": "Customer",
		"posting_date": ("<=", getdate(given.report_date)),
	}
	if given.customer:
		where["party"] = given.customer
	debts = defaultdict(lambda: {"balance": ZERO, "invoiced": ZERO, "paid": ZERO, "posting_date": None})
	fields = (*FIELDS, "against_voucher_type", "against_voucher")
	for entry in frappe.get_all("GL Entry", where, fields, order_by="posting_date, creation"):
		own = (entry.voucher_type, entry.voucher_no)
		against = (entry.against_voucher_type, entry.against_voucher) if entry.against_voucher else own
		debt = debts[(entry.party, *against)]
		change = money(entry.debit) - money(entry.credit)
		debt["balance"] += change
		if own == against:
			debt["invoiced"] += change
			debt["posting_date"], debt["due_date"] = entry.posting_date, entry.due_date
		else:
			debt["paid"] -= change
			debt["posting_date"] = debt["posting_date"] or entry.posting_date
	return debts


def _row(key, debt, day, ends):
	party, voucher_type, voucher_no = key
	due = debt.get("due_date") or debt["posting_date"]
	age = date_diff(day, due)
	parts = ageing.spread(debt["balance"], age, ends)
	return {
		"party": party,
		"posting_date": debt["posting_date"],
		"due_date": due,
		"voucher_type": voucher_type,
		"voucher_no": voucher_no,
		"invoiced": float(debt["invoiced"]),
		"paid": float(debt["paid"]),
		"outstanding": float(debt["balance"]),
		"age": max(age, 0),
		**{f"range{number}": float(part) for number, part in enumerate(parts, 1)},
	}


def _total(rows, ends):
	names = ("invoiced", "paid", "outstanding", *(f"range{number}" for number in range(1, len(ends) + 2)))
	total = {name: float(sum((money(row[name]) for row in rows), ZERO)) for name in names}
	return {"customer_name": _("Total"), "bold": 1, **total}


def _columns(ends):
	currency = {"fieldtype": "Currency", "width": 120}
	return [
		{"fieldname": "posting_date", "label": _("Posting Date"), "fieldtype": "Date", "width": 100},
		{
			"fieldname": "party",
			"label": _("Customer"),
			"fieldtype": "Link",
			"options": "Customer",
			"width": 130,
		},
		{"fieldname": "customer_name", "label": _("Customer Name"), "width": 200},
		{"fieldname": "voucher_type", "label": _("Voucher Type"), "width": 120},
		{
			"fieldname": "voucher_no",
			"label": _("Voucher No"),
			"fieldtype": "Dynamic Link",
			"options": "voucher_type",
			"width": 170,
		},
		{"fieldname": "due_date", "label": _("Due Date"), "fieldtype": "Date", "width": 100},
		{"fieldname": "invoiced", "label": _("Invoiced Amount"), **currency},
		{"fieldname": "paid", "label": _("Paid Amount"), **currency},
		{"fieldname": "outstanding", "label": _("Outstanding Amount"), **currency},
		{"fieldname": "age", "label": _("Age (Days)"), "fieldtype": "Int", "width": 90},
		*(
			{"fieldname": f"range{number}", "label": label, **currency}
			for number, label in enumerate(ageing.labels(ends), 1)
		),
	]
