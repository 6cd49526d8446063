from collections import defaultdict

import frappe
from frappe import _
from frappe.utils import getdate

from lab_erp.accounts.reporting import below, need
from lab_erp.stock.valuation import quantity
from lab_erp.utils.money import money

FIELDS = ("item_code", "warehouse", "posting_date", "actual_qty", "stock_value_difference")
AMOUNTS = ("opening_qty", "opening_val", "in_qty", "in_val", "out_qty", "out_val", "bal_qty", "bal_val")


def execute(filters=None):
	"""Opening, received, issued and closing quantity and value of every item in every warehouse."""
	given = need(filters, "company", "from_date", "to_date")
	where = {"company": given.company, "is_cancelled": 0, "posting_date": ("<=", getdate(given.to_date))}
	if given.warehouse:
		where["warehouse"] = ("in", below("Warehouse", given.warehouse))
	if given.item_code:
		where["item_code"] = given.item_code
	found = defaultdict(lambda: dict.fromkeys(AMOUNTS, 0))
	for entry in frappe.get_all("Stock Ledger Entry", where, FIELDS):
		_add(found[entry.item_code, entry.warehouse], entry, getdate(given.from_date))
	rows = [_row(*pair, amounts) for pair, amounts in sorted(found.items()) if any(amounts.values())]
	return _columns(), rows


def _add(amounts, entry, since):
	qty, value = quantity(entry.actual_qty), money(entry.stock_value_difference)
	if getdate(entry.posting_date) < since:
		part, sign = "opening", 1
	else:
		part, sign = ("in", 1) if qty > 0 else ("out", -1)
	amounts[f"{part}_qty"] += qty * sign
	amounts[f"{part}_val"] += value * sign
	amounts["bal_qty"] += qty
	amounts["bal_val"] += value


def _row(item, warehouse, amounts):
	name, group, unit = frappe.get_cached_value("Item", item, ("item_name", "item_group", "stock_uom"))
	values = {key: float(value) for key, value in amounts.items()}
	rate = float(amounts["bal_val"] / amounts["bal_qty"]) if amounts["bal_qty"] else 0
	details = {
		"item_code": item,
		"item_name": name,
		"item_group": group,
		"warehouse": warehouse,
		"stock_uom": unit,
	}
	return {**details, **values, "val_rate": rate}


def _columns():
	labels = {
		"bal_qty": _("Balance Qty"),
		"bal_val": _("Balance Value"),
		"opening_qty": _("Opening Qty"),
		"opening_val": _("Opening Value"),
		"in_qty": _("In Qty"),
		"in_val": _("In Value"),
		"out_qty": _("Out Qty"),
		"out_val": _("Out Value"),
		"val_rate": _("Valuation Rate"),
	}
	return [
		{"fieldname": "item_code", "label": _("Item"), "fieldtype": "Link", "options": "Item", "width": 130},
		{"fieldname": "item_name", "label": _("Item Name"), "width": 200},
		{"fieldname": "item_group", "label": _("Item Group"), "fieldtype": "Link", "options": "Item Group"},
		{"fieldname": "warehouse", "label": _("Warehouse"), "fieldtype": "Link", "options": "Warehouse"},
		{
			"fieldname": "stock_uom",
			"label": _("Stock UOM"),
			"fieldtype": "Link",
			"options": "UOM",
			"width": 80,
		},
		*(
			{
				"fieldname": name,
				"label": label,
				"fieldtype": "Float" if name.endswith("qty") else "Currency",
				"width": 110,
			}
			for name, label in labels.items()
		),
	]
