"""The first line of whitelisted methods."""

import frappe
from frappe import _


def require(doctype: str, right: str) -> None:
	"""Refuse a user without a right to a DocType as a whole.

	Raises:
		frappe.PermissionError: answered with 403.
	"""
	if not frappe.has_permission(doctype, right):
		frappe.throw(_("You have no access to this"), frappe.PermissionError)
