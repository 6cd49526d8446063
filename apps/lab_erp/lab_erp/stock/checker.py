"""Proves that stock is consistent: bins are the sums of the ledger, and accounts are worth what stock is."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

import frappe

from lab_erp.stock.posting import perpetual, warehouse_account
from lab_erp.stock.valuation import quantity
from lab_erp.utils.money import ZERO, money


def problems(company: str) -> Iterator[str]:
	"""Yield what does not agree in a company's stock; nothing where all does.

	Args:
		company: its name.
	"""
	sums = _sums(company)
	yield from _bins(company, sums)
	if perpetual(company):
		yield from _accounts(company, sums)


def _sums(company: str) -> dict[tuple[str, str], tuple[Decimal, Decimal]]:
	found: dict[tuple[str, str], tuple[Decimal, Decimal]] = defaultdict(lambda: (Decimal(0), ZERO))
	fields = ("item_code", "warehouse", "actual_qty", "stock_value_difference")
	# Cancelled movements and their reversals are all there: their sum is nothing.
	for row in frappe.get_all("Stock Ledger Entry", {"company": company}, fields):
		qty, value = found[row.item_code, row.warehouse]
		found[row.item_code, row.warehouse] = (
			qty + quantity(row.actual_qty),
			value + money(row.stock_value_difference),
		)
	return found


def _bins(company: str, sums: dict) -> Iterator[str]:
	houses = frappe.get_all("Warehouse", {"company": company}, pluck="name")
	fields = ("item_code", "warehouse", "actual_qty", "stock_value")
	bins = {
		(row.item_code, row.warehouse): (quantity(row.actual_qty), money(row.stock_value))
		for row in frappe.get_all("Bin", {"warehouse": ("in", houses or [""])}, fields)
	}
	for pair in sorted(bins.keys() | sums.keys()):
		has, should = bins.get(pair, (Decimal(0), ZERO)), sums.get(pair, (Decimal(0), ZERO))
		if has != should:
			yield f"{pair}: the bin has {has}, the ledger {should}"


def _accounts(company: str, sums: dict) -> Iterator[str]:
	worth: dict[str, Decimal] = defaultdict(lambda: ZERO)
	for (_item, warehouse), (_qty, value) in sums.items():
		worth[warehouse_account(warehouse)] += value
	for account, value in sorted(worth.items()):
		rows = frappe.get_all("GL Entry", {"account": account}, ("debit", "credit"))
		balance = sum((money(row.debit) - money(row.credit) for row in rows), ZERO)
		if balance != value:
			yield f"{account}: the books have {balance}, stock is worth {value}"
