"""Bins: how much of an item a warehouse has now. Their rows are what movements lock."""

from collections.abc import Iterable

import frappe
from frappe.utils import flt

from lab_erp.stock.valuation import Stock

BIN = "Bin"


def lock(pairs: Iterable[tuple[str, str]]) -> None:
	"""Lock bins until the transaction ends, in one order for all; make those that are missing.

	Args:
		pairs: (item, warehouse).
	"""
	for item, warehouse in sorted(pairs):
		name = frappe.db.get_value(BIN, {"item_code": item, "warehouse": warehouse}, "name", for_update=True)
		if not name:
			_make(item, warehouse)


def write(item: str, warehouse: str, stock: Stock) -> None:
	"""Store what a movement left."""
	name, requested = frappe.db.get_value(
		BIN, {"item_code": item, "warehouse": warehouse}, ("name", "indented_qty"), for_update=True
	)
	values = {
		"actual_qty": float(stock.qty),
		"projected_qty": float(stock.qty) + flt(requested),
		"valuation_rate": float(stock.rate),
		"stock_value": float(stock.value),
	}
	frappe.db.set_value(BIN, name, values)


def request(item: str, warehouse: str, qty: float) -> None:
	"""Add to what is requested of an item for a warehouse; a negative quantity takes away."""
	lock([(item, warehouse)])
	name, actual, before = frappe.db.get_value(
		BIN,
		{"item_code": item, "warehouse": warehouse},
		("name", "actual_qty", "indented_qty"),
		for_update=True,
	)
	requested = max(flt(before) + flt(qty), 0)
	frappe.db.set_value(BIN, name, {"indented_qty": requested, "projected_qty": flt(actual) + requested})


def _make(item: str, warehouse: str) -> None:
	doc = frappe.new_doc(BIN)
	unit = frappe.get_cached_value("Item", item, "stock_uom")
	doc.update({"item_code": item, "warehouse": warehouse, "stock_uom": unit})
	# safe: holds only what movements leave. Two first movements at once: the unique key lets one of them in.
	doc.insert(ignore_permissions=True)
