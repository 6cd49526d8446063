"""Delta check: a value that changed more against the patient's previous one than its analyte allows."""

from datetime import datetime
from decimal import Decimal

import frappe
from frappe import _

from lab_crm.catalogue import references
from lab_crm.laboratory import marks, trends
from lab_crm.laboratory import observations as obs

SETTLED = (obs.FINAL, obs.CORRECTED)


def mark(rows: list[dict], patient: str, order: str, before: datetime) -> None:
	"""Write into rows what changed too much (`change`: a sentence), with one query at most.

	Args:
		rows: rows of a Lab Result, as `result_rows.build_rows` makes them.
		patient: name of the Patient.
		order: name of the Lab Order; its own values are no previous ones.
		before: time of the report.
	"""
	limits = {row["analyte"]: _limit(row["analyte"]) for row in rows if _is_checked(row)}
	limits = {analyte: limit for analyte, limit in limits.items() if limit}
	if not limits:
		return
	earlier = trends.previous(patient, limits, before, order, depth=1)
	for row in rows:
		if _is_checked(row) and (found := earlier.get(row["analyte"])):
			row["change"] = _change(row, found[0], limits[row["analyte"]])


def _is_checked(row: dict) -> bool:
	return bool(row["analyte"]) and row["numeric_value"] is not None and row["status"] in SETTLED


def _limit(analyte: str) -> float:
	return frappe.get_cached_value("Analyte", analyte, "delta_percent") or 0


def _change(row: dict, old, limit: float) -> str:
	percent = (
		references.delta_percent(row["value"], old.value) if obs.same_unit(row["unit"], old.unit) else None
	)
	if percent is None or abs(percent) <= Decimal(str(limit)):
		return ""
	sign = "+" if percent > 0 else "−"
	size = f"{sign}{references.format_number(abs(percent), 0)}\u00a0%"
	was = f"{marks.number(old.value)} {old.unit or ''}".strip()
	return _("{0} against {1} of {2}").format(size, was, old.observed_at.strftime("%d.%m.%Y"))
