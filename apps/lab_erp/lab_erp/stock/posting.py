"""Movements in the books: what a change of the stock's value debits and credits."""

from collections.abc import Iterable
from decimal import Decimal

import frappe
from frappe import _
from frappe.utils import cint

from lab_erp.accounts.posting import Line, credit, debit
from lab_erp.utils.errors import refuse_if


def perpetual(company: str) -> bool:
	"""Say whether a company's stock is kept in its books."""
	return bool(cint(frappe.get_cached_value("Company", company, "enable_perpetual_inventory")))


def warehouse_account(warehouse: str) -> str:
	"""Return the account of a warehouse: its own, that of the nearest group above it, the company's."""
	house = warehouse
	while house:
		account, parent, company = frappe.get_cached_value(
			"Warehouse", house, ("account", "parent_warehouse", "company")
		)
		if account:
			return account
		house = parent
	account = frappe.get_cached_value("Company", company, "default_inventory_account")
	refuse_if(not account, _("{0} has no account of stock").format(warehouse))
	return account


def lines(
	company: str, warehouse: str, difference: Decimal, value: Decimal, contra: str, center: str | None
) -> Iterable[Line]:
	"""Yield what one movement posts.

	Args:
		company: whose books.
		warehouse: where the goods came or went.
		difference: change of the stock's value.
		value: what the other side gives or takes, of the same sign.
		contra: its account.
		center: cost centre.
	"""
	yield debit(warehouse_account(warehouse), difference, cost_center=center)
	yield credit(contra, value, cost_center=center)
	if value != difference:
		# Goods had been issued below zero at another rate.
		adjustment = frappe.get_cached_value("Company", company, "stock_adjustment_account")
		yield debit(adjustment, value - difference, cost_center=center)
