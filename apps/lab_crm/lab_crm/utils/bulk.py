"""Many rows in one statement, where a document each would take longer than the work itself."""

from collections.abc import Mapping
from typing import Any

import frappe
from frappe.query_builder import Case


def update(
	doctype: str,
	own: Mapping[str, Mapping[str, Any]],
	same: Mapping[str, Any],
	only: Mapping[str, Any],
) -> None:
	"""Update rows of a DocType's table, past its controllers.

	Args:
		doctype: name of the DocType.
		own: name of a row → the columns that differ from row to row; all rows have the same ones.
		same: columns that get the same value in every row.
		only: rows whose columns do not have these values are left alone.
	"""
	if not own:
		return
	table = frappe.qb.DocType(doctype)
	query = frappe.qb.update(table).where(table.name.isin(list(own)))
	for field in next(iter(own.values())):
		chosen = Case()
		for name, values in own.items():
			chosen = chosen.when(table.name == name, values[field])
		query = query.set(table[field], chosen)
	for field, value in same.items():
		query = query.set(table[field], value)
	for field, value in only.items():
		query = query.where(table[field] == value)
	query.run()
