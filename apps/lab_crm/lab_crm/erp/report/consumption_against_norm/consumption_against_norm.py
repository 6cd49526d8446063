"""What examinations should have taken against what left the stock."""

from collections import defaultdict
from decimal import Decimal

import frappe
from frappe import _

from lab_crm.erp import batches, branches, consumption
from lab_crm.utils.errors import Refusal

Found = dict[str, Decimal]


def execute(filters: dict | None = None):
	"""Return columns and rows of the report.

	Args:
		filters: from_date, to_date (of the results and of the stock documents), branch.
	"""
	given = frappe._dict(filters or {})
	if not given.from_date or not given.to_date or not given.branch:
		raise Refusal("FILTERS_REQUIRED", _("Choose the branch and the period"))
	norm, issued = by_norm(given), taken(given)
	rows = []
	for item in sorted(norm.keys() | issued.keys()):
		expected, found = norm.get(item, Decimal(0)), issued.get(item, Decimal(0))
		names = frappe.get_cached_value("Item", item, ("item_name", "stock_uom"))
		row = [item, names[0], names[1], expected, found, found - expected]
		rows.append([float(value) if isinstance(value, Decimal) else value for value in row])
	return columns(), rows


def columns() -> list[dict]:
	"""Return the columns."""
	texts = ((_("Item"), "Link"), (_("Name"), "Data"), (_("Unit"), "Data"))
	numbers = (_("By Norm"), _("Issued From Stock"), _("Difference"))
	given = [{"label": label, "fieldtype": kind, "width": 160} for label, kind in texts]
	given[0]["options"] = "Item"
	given += [{"label": label, "fieldtype": "Float", "width": 130} for label in numbers]
	return [{**column, "fieldname": f"column_{number}"} for number, column in enumerate(given)]


def by_norm(filters: dict) -> Found:
	"""Return item → what the examinations with results of the period should have taken."""
	order, row = frappe.qb.DocType("Lab Order"), frappe.qb.DocType("Lab Order Item")
	services = (
		frappe.qb.from_(order)
		.join(row)
		.on((row.parent == order.name) & (row.parenttype == "Lab Order"))
		.select(row.service)
		.where((order.branch == filters["branch"]) & (order.status == "Ready") & (row.status != "Cancelled"))
		.where(order.completed_on >= filters["from_date"])
		.where(order.completed_on < frappe.utils.add_days(filters["to_date"], 1))
	).run(pluck=True)
	return consumption.needs(services)


def taken(filters: dict) -> Found:
	"""Return item → what has been issued from the branch's warehouse in the period, whoever issued it."""
	entry, row = frappe.qb.DocType("Stock Entry"), frappe.qb.DocType("Stock Entry Detail")
	rows = (
		frappe.qb.from_(entry)
		.join(row)
		.on(row.parent == entry.name)
		.select(row.item_code, row.qty, row.conversion_factor)
		.where((entry.docstatus == 1) & (entry.purpose == consumption.ISSUE))
		.where(row.s_warehouse == branches.warehouse(filters["branch"]))
		.where(entry.posting_date[filters["from_date"] : filters["to_date"]])
	).run()
	found: Found = defaultdict(Decimal)
	for item, qty, factor in rows:
		found[item] += batches.quantity(qty) * batches.quantity(factor or 1)
	return found
