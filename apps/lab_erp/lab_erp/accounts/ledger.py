"""The ledger: the only place that writes GL Entry. A cancelled document gets the reversal of its entries."""

from collections.abc import Iterable
from datetime import date

import frappe
from frappe import _
from frappe.utils import cint, getdate

from lab_erp.accounts.posting import Line, Unbalanced, prepare, reversed_lines
from lab_erp.utils.errors import refuse, refuse_if
from lab_erp.utils.money import money

ENTRY = "GL Entry"
PARTY_ACCOUNTS = ("Receivable", "Payable")
READ = (
	"account",
	"debit",
	"credit",
	"party_type",
	"party",
	"cost_center",
	"against_voucher_type",
	"against_voucher",
	"against",
	"remarks",
)


def post(doc, lines: Iterable[Line], remarks: str | None = None) -> None:
	"""Write what a document posts, in its transaction.

	Args:
		doc: the submitted document: company, posting_date, doctype, name.
		lines: what it posts; merged and checked here.
		remarks: text for every line that has none of its own.

	Raises:
		Refused: unbalanced, a closed period, or an account that may not take the line.
	"""
	open_period(doc.company, doc.posting_date)
	try:
		ready = prepare(lines)
	except Unbalanced as wrong:
		refuse(_("Debits and credits differ by {0}").format(wrong.difference))
	for line in ready:
		_check_line(doc.company, line)
		_write(doc, line, remarks, cancelled=0)


def reverse(doc) -> None:
	"""Undo what a cancelled document posted: add the reversal and mark both as cancelled.

	Args:
		doc: the document that is being cancelled.

	Raises:
		Refused: the period is closed.
	"""
	open_period(doc.company, doc.posting_date)
	filters = {"voucher_type": doc.doctype, "voucher_no": doc.name, "is_cancelled": 0}
	rows = frappe.get_all(ENTRY, filters=filters, fields=("name", *READ), order_by="creation, name")
	lines = [_line(row) for row in rows]
	for row in rows:
		# The one mark an entry ever gets; its amounts stay as they are.
		frappe.db.set_value(ENTRY, row.name, "is_cancelled", 1, update_modified=False)
	for line in reversed_lines(lines):
		_write(doc, line, _("Cancels {0}").format(doc.name), cancelled=1)


def open_period(company: str, day: date | str) -> None:
	"""Refuse a posting in a closed period, but for the role that may.

	Args:
		company: whose books.
		day: date of the posting.
	"""
	settings = frappe.get_cached_doc("Accounts Settings")
	if not settings.acc_frozen_upto or getdate(day) > getdate(settings.acc_frozen_upto):
		return
	role = settings.frozen_accounts_modifier
	refuse_if(
		not role or role not in frappe.get_roles(),
		_("The books are closed up to {0}").format(frappe.format(settings.acc_frozen_upto, "Date")),
	)


def fiscal_year(day: date | str) -> str:
	"""Return the year of the books a day is in; a calendar year is made where there is none."""
	on = getdate(day)
	found = frappe.get_all(
		"Fiscal Year",
		filters={"year_start_date": ("<=", on), "year_end_date": (">=", on), "disabled": 0},
		pluck="name",
		limit=1,
	)
	if found:
		return found[0]
	year = frappe.new_doc("Fiscal Year")
	year.update(
		{"year": str(on.year), "year_start_date": f"{on.year}-01-01", "year_end_date": f"{on.year}-12-31"}
	)
	year.insert(ignore_permissions=True)  # safe: a calendar year, made by a document that may be posted
	return year.name


def _line(row) -> Line:
	values = {name: row[name] for name in READ}
	return Line(**{**values, "debit": money(row.debit), "credit": money(row.credit)})


def _check_line(company: str, line: Line) -> None:
	fields = ("company", "is_group", "disabled", "account_type", "report_type", "freeze_account")
	account = frappe.get_cached_value("Account", line.account, fields, as_dict=True)
	refuse_if(not account, _("There is no account {0}").format(line.account))
	refuse_if(account.company != company, _("{0} belongs to another company").format(line.account))
	refuse_if(account.is_group, _("{0} is a group: entries stand on its leaves").format(line.account))
	refuse_if(
		cint(account.disabled) or account.freeze_account == "Yes",
		_("The account {0} is closed").format(line.account),
	)
	needs_party = account.account_type in PARTY_ACCOUNTS
	refuse_if(needs_party and not line.party, _("The account {0} needs a party").format(line.account))
	refuse_if(
		line.party and not frappe.db.exists(line.party_type, line.party),
		_("There is no {0} {1}").format(_(line.party_type), line.party),
	)
	if line.cost_center:
		center = frappe.get_cached_value(
			"Cost Center", line.cost_center, ("company", "is_group"), as_dict=True
		)
		wrong = not center or center.company != company or center.is_group
		refuse_if(wrong, _("{0} cannot take entries of this company").format(line.cost_center))


def _write(doc, line: Line, remarks: str | None, cancelled: int) -> None:
	currency = frappe.get_cached_value("Company", doc.company, "default_currency")
	profit_and_loss = frappe.get_cached_value("Account", line.account, "report_type") == "Profit and Loss"
	center = line.cost_center or (
		frappe.get_cached_value("Company", doc.company, "cost_center") if profit_and_loss else None
	)
	entry = frappe.new_doc(ENTRY)
	entry.update({name: getattr(line, name) for name in READ})
	entry.update(
		{
			"debit": float(line.debit),
			"credit": float(line.credit),
			"debit_in_account_currency": float(line.debit),
			"credit_in_account_currency": float(line.credit),
			"account_currency": currency,
			"cost_center": center,
			"company": doc.company,
			"posting_date": doc.posting_date,
			"transaction_date": doc.posting_date,
			"due_date": doc.get("due_date"),
			"fiscal_year": fiscal_year(doc.posting_date),
			"voucher_type": doc.doctype,
			"voucher_no": doc.name,
			"is_opening": doc.get("is_opening") or "No",
			"is_cancelled": cancelled,
			"remarks": line.remarks or remarks or doc.get("remarks"),
			"docstatus": 1,
		}
	)
	entry.flags.from_ledger = True
	entry.flags.ignore_links = True  # checked line by line above; a reversal repeats what was checked
	entry.insert(ignore_permissions=True)  # safe: whoever may submit the document may post what it says
