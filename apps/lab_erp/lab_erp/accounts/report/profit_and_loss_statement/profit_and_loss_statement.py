from frappe import _
from frappe.utils import add_days, add_months, formatdate, getdate

from lab_erp.accounts.reporting import need, rolled_up, sums, tree
from lab_erp.utils.errors import refuse_if
from lab_erp.utils.money import ZERO

MONTHS = {"Monthly": 1, "Quarterly": 3, "Yearly": 12}
MOST_PERIODS = 36


def execute(filters=None):
	"""Income, expenses and profit by month, quarter or year."""
	given = need(filters, "company", "from_date", "to_date")
	spans = periods(given.from_date, given.to_date, MONTHS.get(given.periodicity, 1))
	refuse_if(len(spans) > MOST_PERIODS, _("Choose a shorter span of dates or longer periods"))
	by_period = [sums(given.company, since, upto, given.cost_center) for since, upto in spans]
	income, earned = _part(given.company, "Income", by_period, -1)
	expense, spent = _part(given.company, "Expense", by_period, 1)
	profit = [one - other for one, other in zip(earned, spent, strict=True)]
	rows = [
		*income,
		_line(_("Total Income"), earned),
		*expense,
		_line(_("Total Expense"), spent),
		_line(_("Profit"), profit),
	]
	return _columns(spans), rows


def periods(since, upto, months):
	"""Return the first and last days of periods of some months; the last may be shorter."""
	first, last, found = getdate(since), getdate(upto), []
	start = first
	while start <= last:
		end = getdate(add_days(add_months(start.replace(day=1), months), -1))
		found.append((start, min(end, last)))
		start = getdate(add_days(end, 1))
	return found


def _part(company, root_type, by_period, sign):
	accounts = tree(company, [root_type])
	columns = []
	for period in by_period:
		amounts = {name: (debit - credit) * sign for name, (debit, credit) in period.items()}
		columns.append(rolled_up(accounts, amounts))
	rows = []
	for account in accounts:
		values = [column[account.name] for column in columns]
		if any(values):
			row = _line(account.name, values)
			rows.append(
				{**row, "parent_account": account.parent_account, "indent": account.indent, "bold": 0}
			)
	roots = [account.name for account in accounts if not account.indent]
	return rows, [sum((column[name] for name in roots), ZERO) for column in columns]


def _line(label, values):
	amounts = {f"period_{number}": float(value) for number, value in enumerate(values, 1)}
	return {"account": label, "indent": 0, "bold": 1, **amounts, "total": float(sum(values, ZERO))}


def _columns(spans):
	account = {"fieldname": "account", "label": _("Account"), "fieldtype": "Link", "options": "Account"}
	amounts = [
		{
			"fieldname": f"period_{number}",
			"label": f"{formatdate(since)} – {formatdate(upto)}",
			"fieldtype": "Currency",
			"width": 150,
		}
		for number, (since, upto) in enumerate(spans, 1)
	]
	total = {"fieldname": "total", "label": _("Total"), "fieldtype": "Currency", "width": 150}
	return [{**account, "width": 320}, *amounts, total]
