"""A company and everything that it starts with."""

from typing import Any

import frappe


def from_wizard(args: dict[str, Any]) -> None:
	"""Make the company that the set-up wizard names; does nothing when it is there.

	Args:
		args: answers of the wizard: company_name, company_abbr, currency, country, chart_of_accounts.
	"""
	name = (args.get("company_name") or "").strip()
	if not name or frappe.db.exists("Company", name):
		return
	company = frappe.new_doc("Company")
	company.update(
		{
			"company_name": name,
			"abbr": args.get("company_abbr") or abbreviation(name),
			"default_currency": args.get("currency"),
			"country": args.get("country"),
			"domain": args.get("domain"),
			"chart_of_accounts": _known_chart(args.get("chart_of_accounts")),
			"create_chart_of_accounts_based_on": "Standard Template",
		}
	)
	company.insert(ignore_permissions=True)  # safe: run by the set-up wizard only
	frappe.db.set_default("company", company.name)
	frappe.db.set_default("currency", company.default_currency)


def _known_chart(name: str | None) -> str | None:
	options = frappe.get_meta("Company").get_field("chart_of_accounts").options or ""
	return name if name in options.split("\n") else None


def abbreviation(name: str) -> str:
	"""Return the first letters of a company's words in capitals."""
	words = [word.strip("«»\"'()") for word in name.split()]
	return "".join(word[0] for word in words if word)[:5].upper()


def set_up(company) -> None:
	"""Give a new company its accounts, cost centres, warehouses and price lists: each floor's part, by hook.

	Args:
		company: the Company document.
	"""
	from lab_erp.install import price_lists

	price_lists(company.default_currency)
	for path in frappe.get_hooks("company_setups"):
		frappe.get_attr(path)(company)
