"""The table of unit conversions: the factor between two units, for one analyte or for all."""

from collections.abc import Callable
from decimal import Decimal

import frappe

from lab_crm.catalogue.references import to_decimal

_CACHE = "lab_crm_unit_conversions"


def factor(analyte: str, from_unit: str, to_unit: str, same: Callable[[str, str], bool]) -> Decimal | None:
	"""Return how many of one unit make one of another, None when the table does not say.

	Args:
		analyte: name of the Analyte; its own rows go before those for all.
		from_unit, to_unit: as they are written.
		same: tells whether two spellings mean one unit.
	"""
	rows = [row for row in _table() if row["analyte"] in (analyte, None, "")]
	for row in sorted(rows, key=lambda row: row["analyte"] != analyte):
		number = to_decimal(row["factor"])
		if same(row["from_unit"], from_unit) and same(row["to_unit"], to_unit):
			return number
		if same(row["from_unit"], to_unit) and same(row["to_unit"], from_unit):
			return 1 / number
	return None


def forget() -> None:
	"""Have the table read anew after it was changed."""
	frappe.cache.delete_value(_CACHE)


def _table() -> list[dict]:
	fields = ["analyte", "from_unit", "to_unit", "factor"]
	return frappe.cache.get_value(
		_CACHE, lambda: frappe.get_all("Unit Conversion", fields=fields, order_by="creation, name")
	)
