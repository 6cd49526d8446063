import frappe
import pytest

from lab_erp.accounts.company_setup import charts
from lab_erp.setup.company import abbreviation, from_wizard

DEFAULTS = (
	"default_receivable_account",
	"default_payable_account",
	"default_cash_account",
	"default_bank_account",
	"default_income_account",
	"default_expense_account",
	"round_off_account",
	"write_off_account",
	"stock_adjustment_account",
	"stock_received_but_not_billed",
	"default_inventory_account",
	"default_payroll_payable_account",
	"cost_center",
	"round_off_cost_center",
)


@pytest.mark.parametrize("chart", sorted(charts()))
def test_every_plan_gives_a_company_all_it_needs(site, chart):
	name = f"Компания {frappe.generate_hash(length=6)}"
	answers = {
		"company_name": name,
		"company_abbr": frappe.generate_hash(length=5),
		"currency": "RUB",
		"country": "Russian Federation",
		"chart_of_accounts": chart,
	}
	from_wizard(answers)
	company = frappe.get_doc("Company", name)
	assert [field for field in DEFAULTS if not company.get(field)] == []
	assert frappe.db.count("Warehouse", {"company": name}) == 2
	roots = frappe.get_all(
		"Account", {"company": name, "parent_account": ("is", "not set")}, pluck="root_type"
	)
	assert sorted(roots) == ["Asset", "Equity", "Expense", "Income", "Liability"]
	from_wizard(answers)
	assert frappe.db.count("Company", {"company_name": name}) == 1


def test_the_plan_is_one_of_the_form(site):
	options = frappe.get_meta("Company").get_field("chart_of_accounts").options.split("\n")
	assert set(charts()) == {option for option in options if option}


def test_abbreviation():
	assert abbreviation("Лаборатория «Демо»") == "ЛД"
