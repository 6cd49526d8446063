"""A branch in the ERP: its cost centre and its warehouse."""

import frappe

from lab_crm.erp import books, counterparts

KINDS = {"cost_center": "Cost Center", "warehouse": "Warehouse"}


def cost_center(branch: str) -> str:
	"""Return the cost centre of a branch, made if there is none."""
	return _of(branch, "cost_center")


def warehouse(branch: str) -> str:
	"""Return the warehouse of a branch, made if there is none."""
	return _of(branch, "warehouse")


def _of(branch: str, role: str) -> str:
	return counterparts.once("Lab Branch", branch, role, KINDS[role], lambda: _make(branch, role))


def _make(branch: str, role: str) -> str:
	doctype = KINDS[role]
	# Branches of two towns may share a name; the code tells them apart.
	title = f"{frappe.db.get_value('Lab Branch', branch, 'branch_name')} ({branch})"[:110]
	known = frappe.db.get_value(doctype, {f"{role}_name": title, "company": books.company()})
	if known:
		return known
	values = {f"{role}_name": title, f"parent_{role}": books.root(doctype), "is_group": 0}
	return books.new(doctype, **values).insert(ignore_permissions=True).name  # safe: the bridge's own master
