"""What a warehouse has of an item, batch by batch, and what to take first; ERPNext may keep it in bundles."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import frappe
from frappe.query_builder.functions import Sum

ENTRY, BUNDLE = "Stock Ledger Entry", "Serial and Batch Bundle"
SMALLEST = Decimal("0.000001")


@dataclass(frozen=True)
class Lot:
	"""A batch in a warehouse (`batch` is None for an item without batches) and how much of it there is."""

	batch: str | None
	qty: Decimal
	expires: date | None = None


def first_expired_first(lots: Sequence[Lot], needed: Decimal, today: date) -> tuple[list[Lot], Decimal]:
	"""Choose what to take: the first to expire first, nothing that has expired.

	Args:
		lots: what there is.
		needed: in stock units.
		today: a batch is good up to its last day.

	Returns:
		What to take of which batch, and what is missing.
	"""
	good = [lot for lot in lots if lot.qty > 0 and (not lot.expires or lot.expires >= today)]
	good.sort(key=lambda lot: (lot.expires is None, lot.expires or today, lot.batch or ""))
	taken, left = [], needed
	for lot in good:
		part = min(lot.qty, left)
		if part > 0:
			taken.append(Lot(lot.batch, part, lot.expires))
			left -= part
	return taken, left


def lots(item: str, warehouse: str) -> list[Lot]:
	"""Return what a warehouse has of an item."""
	if not frappe.get_cached_value("Item", item, "has_batch_no"):
		has = frappe.db.get_value("Bin", {"item_code": item, "warehouse": warehouse}, "actual_qty")
		return [Lot(None, quantity(has))]
	balances = _plain(item, warehouse)
	if frappe.db.exists("DocType", BUNDLE):
		for batch, qty in _bundled(item, warehouse).items():
			balances[batch] = balances.get(batch, Decimal(0)) + qty
	rows = frappe.get_all(
		"Batch", {"name": ("in", list(balances) or [""]), "disabled": 0}, ["name", "expiry_date"]
	)
	return [Lot(row.name, balances[row.name], row.expiry_date) for row in rows]


def quantity(value: object) -> Decimal:
	"""Return a quantity exact to millionths."""
	return Decimal(str(value or 0)).quantize(SMALLEST)


def _plain(item: str, warehouse: str) -> dict[str, Decimal]:
	entry = frappe.qb.DocType(ENTRY)
	rows = (
		frappe.qb.from_(entry)
		.select(entry.batch_no, Sum(entry.actual_qty))
		.where((entry.item_code == item) & (entry.warehouse == warehouse) & (entry.is_cancelled == 0))
		.where(entry.batch_no.isnotnull() & (entry.batch_no != ""))
		.groupby(entry.batch_no)
	).run()
	return {batch: quantity(qty) for batch, qty in rows}


def _bundled(item: str, warehouse: str) -> dict[str, Decimal]:
	entry, row = frappe.qb.DocType(ENTRY), frappe.qb.DocType("Serial and Batch Entry")
	rows = (
		frappe.qb.from_(entry)
		.join(row)
		.on(row.parent == entry.serial_and_batch_bundle)
		.select(row.batch_no, Sum(row.qty))
		.where((entry.item_code == item) & (entry.warehouse == warehouse) & (entry.is_cancelled == 0))
		.where(entry.batch_no.isnull() | (entry.batch_no == ""))
		.groupby(row.batch_no)
	).run()
	return {batch: quantity(qty) for batch, qty in rows if batch}
