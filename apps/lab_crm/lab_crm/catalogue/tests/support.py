"""Helpers of the catalogue's tests."""

import frappe
from frappe.query_builder.functions import Count, Max


def count_and_newest(doctype: str) -> tuple:
	"""How many rows a table has and when one was last changed: equal before and after means untouched."""
	table = frappe.qb.DocType(doctype)
	return frappe.qb.from_(table).select(Count("*"), Max(table.modified)).run()[0]
