"""Many rows in one statement, where a document each would take longer than the work itself.

Names of tables and fields come from code; every value is a parameter.
"""

from collections.abc import Sequence
from typing import Any

import frappe


def insert(doctype: str, fields: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
	"""Insert rows into a DocType's table, past its controllers.

	Args:
		doctype: name of the DocType.
		fields: names of columns; `name`, `creation` and the like too.
		rows: values in the order of `fields`.
	"""
	if not rows:
		return
	columns = ", ".join(f"`{field}`" for field in fields)
	place = f"({', '.join(['%s'] * len(fields))})"
	values = [value for row in rows for value in row]
	frappe.db.sql(f"insert into `tab{doctype}` ({columns}) values {', '.join([place] * len(rows))}", values)


def update(
	doctype: str,
	fields: Sequence[str],
	rows: Sequence[Sequence[Any]],
	same: dict[str, Any],
	only: dict[str, Any],
) -> None:
	"""Update rows of a DocType's table, past its controllers.

	Args:
		doctype: name of the DocType.
		fields: names of columns that differ from row to row; the first is `name`, by which rows are found.
		rows: values in the order of `fields`.
		same: columns that get the same value in every row.
		only: rows whose columns do not have these values are left alone.
	"""
	if not rows:
		return
	first = f"select {', '.join(f'%s as `{field}`' for field in fields)}"
	other = f" union all select {', '.join(['%s'] * len(fields))}"
	sets = [f"t.`{field}` = new.`{field}`" for field in fields if field != "name"]
	sets += [f"t.`{field}` = %s" for field in same]
	where = " and ".join(f"t.`{field}` = %s" for field in only)
	frappe.db.sql(
		f"update `tab{doctype}` t join ({first}{other * (len(rows) - 1)}) new on new.name = t.name"
		f" set {', '.join(sets)} where {where}",
		[value for row in rows for value in row] + [*same.values(), *only.values()],
	)
