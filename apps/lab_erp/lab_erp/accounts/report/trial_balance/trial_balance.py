from frappe import _
from frappe.utils import add_days

from lab_erp.accounts.reporting import need, rolled_up, sums, tree
from lab_erp.utils.money import ZERO

PAIRS = (("opening_debit", "opening_credit"), ("debit", "credit"), ("closing_debit", "closing_credit"))


def execute(filters=None):
	"""Opening balance, turnover and closing balance of every account; groups sum what is below them."""
	given = need(filters, "company", "from_date", "to_date")
	accounts = tree(given.company)
	before = sums(given.company, None, add_days(given.from_date, -1), given.cost_center)
	during = sums(given.company, given.from_date, given.to_date, given.cost_center)
	opening = rolled_up(accounts, {name: debit - credit for name, (debit, credit) in before.items()})
	debits = rolled_up(accounts, {name: debit for name, (debit, _credit) in during.items()})
	credits = rolled_up(accounts, {name: credit for name, (_debit, credit) in during.items()})
	rows = [_row(row, opening[row.name], debits[row.name], credits[row.name]) for row in accounts]
	if not given.show_zero_values:
		rows = [row for row in rows if any(row[name] for pair in PAIRS for name in pair)]
	return _columns(), [*rows, _total(rows)]


def _row(account, opening, debit, credit):
	closing = opening + debit - credit
	values = (opening, debit, -credit, closing)
	return {
		"account": account.name,
		"account_name": account.account_name,
		"parent_account": account.parent_account,
		"indent": account.indent,
		"is_group": account.is_group,
		"opening_debit": float(max(values[0], ZERO)),
		"opening_credit": float(max(-values[0], ZERO)),
		"debit": float(debit),
		"credit": float(credit),
		"closing_debit": float(max(closing, ZERO)),
		"closing_credit": float(max(-closing, ZERO)),
	}


def _total(rows):
	# Leaves only: their sums are what has to agree.
	leaves = [row for row in rows if not row["is_group"]]
	total = {name: round(sum(row[name] for row in leaves), 2) for pair in PAIRS for name in pair}
	return {"account": _("Total"), "account_name": _("Total"), "indent": 0, "bold": 1, **total}


def _columns():
	labels = {
		"opening_debit": _("Opening (Dr)"),
		"opening_credit": _("Opening (Cr)"),
		"debit": _("Debit"),
		"credit": _("Credit"),
		"closing_debit": _("Closing (Dr)"),
		"closing_credit": _("Closing (Cr)"),
	}
	account = {"fieldname": "account", "label": _("Account"), "fieldtype": "Link", "options": "Account"}
	amounts = [
		{"fieldname": name, "label": label, "fieldtype": "Currency", "width": 130}
		for name, label in labels.items()
	]
	return [{**account, "width": 320}, *amounts]
