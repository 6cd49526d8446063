"""Batches: what is left of them, and which expire first."""

from decimal import Decimal

import frappe
from frappe import _
from frappe.query_builder.functions import Sum
from frappe.utils import getdate, today

from lab_erp.stock.valuation import quantity
from lab_erp.utils.errors import refuse_if


def of_item(batch: str, item: str) -> None:
	"""Refuse a batch of another item."""
	found = frappe.db.get_value("Batch", batch, ("item", "disabled"))
	refuse_if(not found or found[0] != item, _("{0} is no batch of {1}").format(batch, item))
	refuse_if(found[1], _("{0} is disabled").format(batch))


def balance(batch: str, warehouse: str, lock: bool = False) -> Decimal:
	"""Return how much of a batch a warehouse has, in stock units."""
	entry = frappe.qb.DocType("Stock Ledger Entry")
	query = (
		frappe.qb.from_(entry)
		.select(Sum(entry.actual_qty))
		.where((entry.batch_no == batch) & (entry.warehouse == warehouse) & (entry.is_cancelled == 0))
	)
	if lock:
		query = query.for_update()
	return quantity(query.run()[0][0])


def enough(batch: str, warehouse: str, qty: Decimal) -> None:
	"""Refuse where a warehouse has less of a batch than is needed."""
	has = balance(batch, warehouse, lock=True)
	text = _("Batch {0} in {1}: {2} needed, there are {3}")
	refuse_if(has < qty, text.format(batch, warehouse, qty.normalize(), has.normalize()))


def first_expired_first(item: str, warehouse: str) -> list[tuple[str, Decimal]]:
	"""Return the batches of an item in a warehouse that have not expired, the first to expire first.

	Returns:
		(batch, quantity in stock units) pairs; batches without a date come last.
	"""
	rows = frappe.get_all("Batch", {"item": item, "disabled": 0}, ("name", "expiry_date", "creation"))
	live = [row for row in rows if not row.expiry_date or getdate(row.expiry_date) >= getdate(today())]
	live.sort(key=lambda row: (row.expiry_date is None, row.expiry_date or getdate(), row.creation))
	found = [(row.name, balance(row.name, warehouse)) for row in live]
	return [(name, qty) for name, qty in found if qty > 0]
