"""Material requests: what of them has come."""

import frappe
from frappe.utils import flt

from lab_erp.stock import bins


def received(receipt, sign: int) -> None:
	"""Mark what a receipt brought of what was requested.

	Args:
		receipt: rows with `material_request_item`.
		sign: 1 on submit, -1 on cancel.
	"""
	touched = set()
	for row in receipt.items:
		if not row.material_request_item:
			continue
		line = frappe.get_doc("Material Request Item", row.material_request_item)
		waiting = max(flt(line.stock_qty) - flt(line.received_qty), 0)
		line.db_set("received_qty", flt(line.received_qty) + sign * flt(row.stock_qty))
		still = max(flt(line.stock_qty) - flt(line.received_qty), 0)
		if line.warehouse:
			bins.request(line.item_code, line.warehouse, still - waiting)
		touched.add(line.parent)
	for name in touched:
		frappe.get_doc("Material Request", name).set_status()
