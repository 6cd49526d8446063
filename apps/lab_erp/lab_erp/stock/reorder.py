"""Items that run low: a Material Request for what is below its reorder level."""

from collections import defaultdict

import frappe
from frappe.utils import add_days, cint, flt, today

TYPES = {"Transfer": "Material Transfer"}


def run() -> list[str]:
	"""Request what is short; run daily.

	Returns:
		Names of the requests made, one for each company and kind.
	"""
	if not cint(frappe.get_cached_doc("Stock Settings").auto_indent):
		return []
	short = defaultdict(list)
	for row in _levels():
		qty = _missing(row)
		if qty > 0:
			company = frappe.get_cached_value("Warehouse", row.warehouse, "company")
			kind = TYPES.get(row.material_request_type, row.material_request_type)
			short[company, kind].append((row, qty))
	return [_request(company, kind, rows) for (company, kind), rows in sorted(short.items())]


def _levels() -> list[frappe._dict]:
	fields = (
		"parent",
		"warehouse",
		"warehouse_reorder_level",
		"warehouse_reorder_qty",
		"material_request_type",
	)
	rows = frappe.get_all("Item Reorder", {"parenttype": "Item"}, fields, order_by="parent, idx")
	live = set(frappe.get_all("Item", {"disabled": 0, "is_stock_item": 1}, pluck="name"))
	return [row for row in rows if row.parent in live]


def _missing(row) -> float:
	projected = flt(
		frappe.db.get_value("Bin", {"item_code": row.parent, "warehouse": row.warehouse}, "projected_qty")
	)
	short = flt(row.warehouse_reorder_level) - projected
	return max(short, flt(row.warehouse_reorder_qty)) if short > 0 else 0


def _request(company: str, kind: str, rows: list) -> str:
	doc = frappe.new_doc("Material Request")
	doc.update({"company": company, "material_request_type": kind, "transaction_date": today()})
	for row, qty in rows:
		days = cint(frappe.get_cached_value("Item", row.parent, "lead_time_days"))
		needed = add_days(today(), days)
		doc.append(
			"items",
			{"item_code": row.parent, "qty": qty, "warehouse": row.warehouse, "schedule_date": needed},
		)
	doc.insert(ignore_permissions=True)  # safe: made by the scheduler from levels that staff have set
	doc.submit()
	return doc.name
