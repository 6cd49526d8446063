"""An analyte of a patient over the years, as the patient's card in the desk draws it (F33).

Values are medical: they are shown to those who see them in results, and each look is logged.
"""

from typing import Any

import frappe
from frappe import _

from lab_crm.laboratory import marks, trends
from lab_crm.laboratory.observations import parse_reference
from lab_crm.laboratory.report import DATE
from lab_crm.privacy import access_log
from lab_crm.utils.rights import require

MEDICAL = 1


@frappe.whitelist(methods=["GET"])
def analytes(patient: str) -> list[dict[str, Any]]:
	"""Return the analytes that a patient has numbers of, the latest measured first.

	Args:
		patient: name of the Patient.

	Returns:
		Rows of `analyte`, `title`, `count` (values) and `latest` (date, dd.mm.yyyy).

	Raises:
		frappe.PermissionError: the user may not see the values of results, or this patient.
	"""
	_check(patient)
	found: dict[str, dict[str, Any]] = {}
	for row in reversed(trends.values_of([patient])):
		if row.numeric_value is None or not row.observed_at:
			continue
		latest = row.observed_at.strftime(DATE)
		named = {"analyte": row.analyte, "title": row.analyte_name or row.analyte, "latest": latest}
		found.setdefault(row.analyte, {**named, "count": 0})["count"] += 1
	return list(found.values())


@frappe.whitelist(methods=["GET"])
def history(patient: str, analyte: str) -> dict[str, Any]:
	"""Return an analyte's values over time; the look is logged in the Patient Access Log.

	Args:
		patient: name of the Patient.
		analyte: name of the Analyte.

	Returns:
		`title`, `unit`, `low` and `high` (the latest reference interval, either may be None), `points` (the
		oldest first: `day`, `value`, `text`, `sign`, `meaning`, `reference`, `received`, `result`) and
		`left_out`: values in units that cannot be converted (`day`, `text`, `result`).

	Raises:
		frappe.PermissionError: the user may not see the values of results, or this patient.
	"""
	_check(patient)
	rows = trends.values_of([patient], [analyte])
	drawn = trends.on_one_axis(rows)
	shown = {(row.result, row.observed_at) for row in drawn}
	access_log.record(patient, "Analyte", analyte)
	interval = parse_reference(drawn[-1].reference_text or "") if drawn else None
	bounds = {side: getattr(interval, side, None) for side in ("low", "high")}
	return {
		"title": rows[-1].analyte_name if rows else analyte,
		"unit": marks.unit(drawn[-1].unit) if drawn else "",
		**{side: None if number is None else float(number) for side, number in bounds.items()},
		"points": [_point(row) for row in drawn],
		"left_out": [
			{
				"day": _day(row),
				"text": f"{marks.number(row.value)} {marks.unit(row.unit)}",
				"result": row.result,
			}
			for row in rows
			if row.numeric_value is not None and (row.result, row.observed_at) not in shown
		],
	}


def _point(row: frappe._dict) -> dict[str, Any]:
	return {
		"day": _day(row),
		"value": row.numeric_value,
		"text": marks.number(row.value),
		"sign": marks.sign(row.flag),
		"meaning": _(marks.meaning(row.flag)) if row.flag else "",
		"reference": marks.interval(row.reference_text),
		"received": row.received,
		"result": row.result,
	}


def _day(row: frappe._dict) -> str:
	return row.observed_at.strftime(DATE) if row.observed_at else ""


def _check(patient: str) -> None:
	require("Lab Result", "read")
	if MEDICAL not in frappe.get_meta("Lab Result").get_permlevel_access("read"):
		frappe.throw(_("You have no access to this"), frappe.PermissionError)
	frappe.get_doc("Patient", patient).check_permission("read")
