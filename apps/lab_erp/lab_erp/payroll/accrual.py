"""Pay of a period for everyone: who is to be paid, their slips, and the journal entry that accrues them."""

from collections import defaultdict
from decimal import Decimal

import frappe
from frappe import _

from lab_erp.utils.errors import refuse_if
from lab_erp.utils.money import ZERO, money


def to_be_paid(entry) -> list[dict]:
	"""Return the employees of a payroll entry: employed, with a structure, without a slip of the period."""
	filters = {"company": entry.company, "date_of_joining": ("<=", entry.end_date)}
	for name in ("department", "designation"):
		if entry.get(name):
			filters[name] = entry.get(name)
	fields = ("name as employee", "employee_name", "department", "designation", "status", "relieving_date")
	rows = frappe.get_all("Employee", filters, fields, order_by="employee_name, name")
	assigned = set(
		frappe.get_all(
			"Salary Structure Assignment",
			{"docstatus": 1, "from_date": ("<=", entry.end_date)},
			pluck="employee",
		)
	)
	paid = set(_slips_of_period(entry))
	found = []
	for row in rows:
		status, left = row.pop("status"), row.pop("relieving_date")
		employed = status == "Active" or (left and left >= entry.start_date)
		if employed and row.employee in assigned and row.employee not in paid:
			found.append(row)
	return found


def make_slips(entry) -> None:
	"""Make a slip for every employee of a payroll entry that has none."""
	done = set(_slips_of_period(entry))
	for row in entry.employees:
		if row.employee in done:
			continue
		slip = frappe.new_doc("Salary Slip")
		slip.update(
			{
				"employee": row.employee,
				"company": entry.company,
				"posting_date": entry.posting_date,
				"start_date": entry.start_date,
				"end_date": entry.end_date,
				"payroll_entry": entry.name,
				"payroll_frequency": entry.payroll_frequency,
			}
		)
		slip.insert()


def post(entry) -> None:
	"""Submit the slips of a payroll entry and accrue them.

	Raises:
		Refused: a component without an account, or what is outside the totals does not balance.
	"""
	names = entry.slips(0)
	for name in names:
		frappe.get_doc("Salary Slip", name).submit()
	names = entry.slips(1)
	rows = _rows(entry, names)
	if not rows:
		return
	journal = frappe.new_doc("Journal Entry")
	journal.update(
		{
			"voucher_type": "Journal Entry",
			"company": entry.company,
			"posting_date": entry.posting_date,
			"user_remark": _("Pay from {0} to {1}").format(
				frappe.format(entry.start_date, "Date"), frappe.format(entry.end_date, "Date")
			),
		}
	)
	for row in rows:
		journal.append("accounts", row)
	# safe: the right to submit the payroll entry includes its accrual
	journal.insert(ignore_permissions=True)
	journal.flags.ignore_permissions = True  # safe: as above
	journal.submit()
	for name in names:
		frappe.db.set_value("Salary Slip", name, "journal_entry", journal.name)


def undo(entry) -> None:
	"""Cancel the accrual and the slips of a payroll entry; drafts are deleted."""
	names = entry.slips(1)
	journals = set(frappe.get_all("Salary Slip", {"name": ("in", names or [""])}, pluck="journal_entry"))
	for name in filter(None, journals):
		frappe.get_doc("Journal Entry", name).cancel()
	for name in names:
		frappe.get_doc("Salary Slip", name).cancel()
	for name in entry.slips(0):
		frappe.delete_doc("Salary Slip", name)


def _slips_of_period(entry) -> list[str]:
	period = {
		"company": entry.company,
		"docstatus": ("!=", 2),
		"start_date": ("<=", entry.end_date),
		"end_date": (">=", entry.start_date),
	}
	return frappe.get_all("Salary Slip", period, pluck="employee")


def _rows(entry, slips: list[str]) -> list[dict]:
	sides: dict[str, Decimal] = defaultdict(lambda: ZERO)
	net = sum(
		(money(value) for value in frappe.get_all("Salary Slip", {"name": ("in", slips)}, pluck="net_pay")),
		ZERO,
	)
	fields = ("salary_component", "parentfield", "amount")
	details = frappe.get_all("Salary Detail", {"parent": ("in", slips), "parenttype": "Salary Slip"}, fields)
	for row in details:
		sign = 1 if row.parentfield == "earnings" else -1
		sides[_account(row.salary_component, entry.company)] += money(row.amount) * sign
	sides[entry.payroll_payable_account] -= net
	left = sum(sides.values(), ZERO)
	refuse_if(left, _("What the employer pays on top is not balanced: {0}").format(left))
	reference = {
		"reference_type": "Payroll Entry",
		"reference_name": entry.name,
		"cost_center": entry.cost_center,
	}
	return [
		{
			"account": account,
			"debit_in_account_currency": float(max(amount, ZERO)),
			"credit_in_account_currency": float(max(-amount, ZERO)),
			**reference,
		}
		for account, amount in sides.items()
		if amount
	]


def _account(component: str, company: str) -> str:
	account = frappe.db.get_value(
		"Salary Component Account", {"parent": component, "company": company}, "account"
	)
	refuse_if(not account, _("{0} has no account").format(component))
	return account
