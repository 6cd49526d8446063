import frappe
from frappe import _
from frappe.utils import date_diff, getdate, today

from lab_erp.accounts.reporting import below, need
from lab_erp.stock import batches


def execute(filters=None):
	"""Batches in stock that have expired or will by a day, the first to expire first."""
	given = need(filters, "company", "to_date")
	houses = below("Warehouse", given.warehouse) if given.warehouse else None
	live = {"company": given.company, "is_group": 0, **({"name": ("in", houses)} if houses else {})}
	warehouses = frappe.get_all("Warehouse", live, pluck="name")
	rows = []
	fields = ("name", "item", "item_name", "expiry_date", "stock_uom")
	due = {"expiry_date": ("<=", getdate(given.to_date))}
	for batch in frappe.get_all("Batch", due, fields, order_by="expiry_date, name"):
		for warehouse in warehouses:
			qty = batches.balance(batch.name, warehouse)
			if qty:
				days = date_diff(batch.expiry_date, today())
				rows.append({**batch, "warehouse": warehouse, "qty": float(qty), "days": days})
	return _columns(), rows


def _columns():
	return [
		{"fieldname": "item", "label": _("Item"), "fieldtype": "Link", "options": "Item", "width": 130},
		{"fieldname": "item_name", "label": _("Item Name"), "width": 200},
		{"fieldname": "name", "label": _("Batch"), "fieldtype": "Link", "options": "Batch", "width": 130},
		{"fieldname": "warehouse", "label": _("Warehouse"), "fieldtype": "Link", "options": "Warehouse"},
		{"fieldname": "qty", "label": _("Balance Qty"), "fieldtype": "Float"},
		{
			"fieldname": "stock_uom",
			"label": _("Stock UOM"),
			"fieldtype": "Link",
			"options": "UOM",
			"width": 80,
		},
		{"fieldname": "expiry_date", "label": _("Expiry Date"), "fieldtype": "Date"},
		{"fieldname": "days", "label": _("Days to Expiry"), "fieldtype": "Int"},
	]
