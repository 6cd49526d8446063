"""Payroll's part of a new company."""

import frappe

from lab_erp.payroll import starter


def create(company) -> None:
	"""Post the starting components to the company's own accounts, and give it its brackets of income tax.

	Args:
		company: the Company document.
	"""
	starter.components()
	for name, _abbr, _fields, accounts in starter.COMPONENTS:
		account = _account(company, accounts)
		if not account or not frappe.db.exists("Salary Component", name):
			continue
		component = frappe.get_doc("Salary Component", name)
		if not any(row.company == company.name for row in component.accounts):
			component.append("accounts", {"company": company.name, "account": account})
			component.save(ignore_permissions=True)  # safe: a new company's own row only
	starter.income_tax(company)


def _account(company, names: tuple[str, ...]) -> str | None:
	filters = {"company": company.name, "account_name": ("in", names), "is_group": 0}
	return frappe.db.get_value("Account", filters, "name")
