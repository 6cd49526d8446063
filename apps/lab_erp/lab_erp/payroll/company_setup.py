"""Payroll's part of a new company."""

import frappe

# Components that a company starts with, and the fields of its plan of accounts they are posted to.
COMPONENTS = ("Basic", "Overtime", "Commission", "Income Tax")


def create(company) -> None:
	"""Post the starting components to the company's own accounts, where they have none of it.

	Args:
		company: the Company document.
	"""
	expense = _account(company, ("Salary", "Оплата труда"))
	tax = _account(company, ("Income Tax Withheld", "Налог на доходы физических лиц"))
	for name in COMPONENTS:
		if not frappe.db.exists("Salary Component", name):
			continue
		component = frappe.get_doc("Salary Component", name)
		account = expense if component.type == "Earning" else tax
		if account and not any(row.company == company.name for row in component.accounts):
			component.append("accounts", {"company": company.name, "account": account})
			component.save(ignore_permissions=True)  # safe: a new company's own row only


def _account(company, names: tuple[str, ...]) -> str | None:
	filters = {"company": company.name, "account_name": ("in", names), "is_group": 0}
	return frappe.db.get_value("Account", filters, "name")
