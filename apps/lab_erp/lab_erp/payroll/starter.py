"""Components of pay and brackets of income tax that a site starts with; people change them as they like."""

import frappe

YEAR_LIMIT = 2979000
CONTRIBUTIONS = (
	f"min(gross_pay, max({YEAR_LIMIT} - gross_before, 0)) * 0.30"
	f" + max(gross_pay - max({YEAR_LIMIT} - gross_before, 0), 0) * 0.151"
)
FORMULA = {"amount_based_on_formula": 1}
EARNING = {"type": "Earning"}
DEDUCTION = {"type": "Deduction", "is_tax_applicable": 0, "depends_on_payment_days": 0}
OUTSIDE = {"do_not_include_in_total": 1, "is_tax_applicable": 0, "depends_on_payment_days": 0}

# name, abbreviation, fields, account names in the plans of accounts (accounts/charts)
COMPONENTS = (
	("Basic", "B", {**EARNING, **FORMULA, "formula": "base"}, ("Salary", "Оплата труда")),
	(
		"Overtime",
		"OT",
		{**EARNING, **FORMULA, "formula": "overtime_hours * hour_rate * 1.5", "depends_on_payment_days": 0},
		("Salary", "Оплата труда"),
	),
	("Commission", "COM", {**EARNING, "depends_on_payment_days": 0}, ("Salary", "Оплата труда")),
	("Bonus", "BON", {**EARNING, "depends_on_payment_days": 0}, ("Salary", "Оплата труда")),
	(
		"Income Tax",
		"TAX",
		{**DEDUCTION, "variable_based_on_taxable_salary": 1, "round_to_the_nearest_integer": 1},
		("Income Tax Withheld", "Налог на доходы физических лиц"),
	),
	(
		"Social Contributions",
		"SC",
		{**EARNING, **OUTSIDE, **FORMULA, "formula": CONTRIBUTIONS},
		("Social Contributions", "Страховые взносы"),
	),
	(
		"Social Contributions Payable",
		"SCP",
		{**DEDUCTION, **OUTSIDE, "type": "Deduction", **FORMULA, "formula": "SC"},
		("Social Contributions Payable", "Расчёты по страховым взносам"),
	),
)
# The year's earnings from, to, per cent (tax code, article 224, from 2025).
BRACKETS = (
	(0, 2400000, 13),
	(2400000, 5000000, 15),
	(5000000, 20000000, 18),
	(20000000, 50000000, 20),
	(50000000, 0, 22),
)


def components() -> None:
	"""Make the components that are missing."""
	for name, abbr, fields, _accounts in COMPONENTS:
		taken = frappe.db.exists("Salary Component", {"salary_component_abbr": abbr})
		if not frappe.db.exists("Salary Component", name) and not taken:
			doc = frappe.new_doc("Salary Component")
			doc.update({"salary_component": name, "salary_component_abbr": abbr, **fields})
			doc.insert(ignore_permissions=True)  # safe: run by install and migrate only


def income_tax(company) -> None:
	"""Make the brackets of a company in Russia."""
	name = f"НДФЛ - {company.abbr}"
	if company.country != "Russian Federation" or frappe.db.exists("Income Tax Slab", name):
		return
	slab = frappe.new_doc("Income Tax Slab")
	slab.name = name
	slab.update(
		{"company": company.name, "currency": company.default_currency, "effective_from": "2025-01-01"}
	)
	for start, end, percent in BRACKETS:
		slab.append("slabs", {"from_amount": start, "to_amount": end, "percent_deduction": percent})
	slab.insert(ignore_permissions=True)  # safe: the right to make a company includes its brackets
	slab.flags.ignore_permissions = True  # safe: as above
	slab.submit()
