"""The books of a new company: chart of accounts, cost centres, default accounts, modes of payment."""

import json
from collections.abc import Iterator
from pathlib import Path

import frappe

CHARTS = Path(__file__).parent / "charts"
DEFAULT_CHART = "Standard"


def charts() -> dict[str, Path]:
	"""Return the plans of accounts to choose from: name → file."""
	return {
		json.loads(path.read_text(encoding="utf-8"))["name"]: path for path in sorted(CHARTS.glob("*.json"))
	}


def create(company) -> None:
	"""Make the accounts and cost centres of a company and set its defaults.

	Args:
		company: the Company document; its `chart_of_accounts` names the plan, `Standard` without it.
	"""
	path = charts().get(company.chart_of_accounts) or charts()[DEFAULT_CHART]
	chart = json.loads(path.read_text(encoding="utf-8"))
	roles: dict[str, str] = {}
	for root in chart["roots"]:
		_account(company, root, None, {"root_type": root["root_type"]}, roles)
	center = _cost_centers(company)
	defaults = {field: roles[field] for field in chart["defaults"] if field in roles}
	company.db_set({**defaults, "cost_center": center, "round_off_cost_center": center})
	_modes_of_payment(company)
	_exempt(company, list(_taxes(company)))


def _account(company, node: dict, parent: str | None, inherited: dict, roles: dict[str, str]) -> None:
	children = node.get("accounts", [])
	account = frappe.new_doc("Account")
	account.update(
		{
			"account_name": node["name"],
			"account_number": node.get("number"),
			"account_type": node.get("type"),
			"tax_rate": node.get("tax_rate"),
			"parent_account": parent,
			"is_group": int(bool(children)),
			"company": company.name,
			"account_currency": company.default_currency,
			**inherited,
		}
	)
	account.flags.ignore_mandatory = not parent
	account.insert(ignore_permissions=True)  # safe: the right to make a company includes its accounts
	for field in node.get("is", []):
		roles[field] = account.name
	for child in children:
		_account(company, child, account.name, inherited, roles)


def _cost_centers(company) -> str:
	root = _cost_center(company, company.name, None)
	return _cost_center(company, "Main", root)


def _cost_center(company, name: str, parent: str | None) -> str:
	center = frappe.new_doc("Cost Center")
	center.update({"cost_center_name": name, "company": company.name, "parent_cost_center": parent})
	center.is_group = int(not parent)
	center.flags.ignore_mandatory = not parent
	center.insert(ignore_permissions=True)  # safe: the right to make a company includes its cost centres
	return center.name


def _modes_of_payment(company) -> None:
	for mode in frappe.get_all(
		"Mode of Payment", filters={"type": ("in", ("Cash", "Bank"))}, fields=("name", "type")
	):
		account = company.get("default_cash_account" if mode.type == "Cash" else "default_bank_account")
		doc = frappe.get_doc("Mode of Payment", mode.name)
		if account and not any(row.company == company.name for row in doc.accounts):
			doc.append("accounts", {"company": company.name, "default_account": account})
			doc.save(ignore_permissions=True)  # safe: a new company's own row only


def _taxes(company) -> Iterator[str]:
	filters = {"company": company.name, "account_type": "Tax", "is_group": 0, "tax_rate": (">", 0)}
	yield from frappe.get_all("Account", filters=filters, pluck="name")


def _exempt(company, taxes: list[str]) -> None:
	"""Medical services are exempt from VAT: a template that sets every tax of the plan to nothing."""
	if not taxes:
		return
	template = frappe.new_doc("Item Tax Template")
	template.update({"title": "VAT Exempt", "company": company.name})
	for tax in taxes:
		template.append("taxes", {"tax_type": tax, "tax_rate": 0})
	template.insert(ignore_permissions=True)  # safe: the right to make a company includes its templates
