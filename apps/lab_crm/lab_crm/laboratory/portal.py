"""Results as their patient sees them in the portal. Whoever calls has checked whose patients they are."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import frappe
from frappe import _

from lab_crm.laboratory import marks, trends
from lab_crm.laboratory import observations as obs
from lab_crm.laboratory.observations import parse_reference
from lab_crm.utils import clock

SHOWN = (obs.FINAL, obs.CORRECTED, obs.CANCELLED)
ISSUED = (obs.FINAL, obs.CORRECTED)
DOWNLOAD = "/api/method/lab_crm.api.results.download?result="
MOST = 500
TREND_POINTS = 2


def results_of(patients: list[str]) -> list[dict[str, Any]]:
	"""Return the results of some patients, the latest first.

	Left out: superseded ones, and those a doctor must speak about first.

	Returns:
		name, patient, status, reported_at (ISO 8601), services, abnormal and total (numbers of values),
		pdf_url.
	"""
	if not patients:
		return []
	filters = {"patient": ("in", patients), "status": ("in", SHOWN), "superseded_by": ("is", "not set")}
	fields = ["name", "patient", "status", "reported_at", "branch", "order"]
	rows = frappe.get_all("Lab Result", filters, fields, order_by="reported_at desc, name", limit=MOST)
	held = _held({row.order for row in rows})
	rows = [row for row in rows if row.order not in held]
	items = _items_of([row.name for row in rows])
	return [_summary(row, items.get(row.name, [])) for row in rows]


def result(name: str, patients: list[str]) -> dict[str, Any] | None:
	"""Return one result with its values; None when it is not one of these patients', or not to be seen.

	Args:
		name: of the Lab Result, as the caller gave it.
		patients: the caller's own.
	"""
	doc = visible(name, patients)
	if not doc:
		return None
	# A cancelled result may have been somebody else's: that there was one is said, its values are not.
	items = [row for row in doc.items if row.status != obs.CANCELLED] if doc.status in ISSUED else []
	many = _with_trend(doc.patient, [row.analyte for row in items if row.analyte])
	values = [_value(row, row.analyte in many) for row in items]
	comment = doc.doctor_comment if doc.status in ISSUED else None
	return {**_summary(doc, items), "items": values, "doctor_comment": comment}


def _value(row, has_trend: bool) -> dict[str, Any]:
	fields = ("analyte", "analyte_name", "value", "unit", "reference_text", "flag")
	texts = {"value_text": marks.number(row.value), "reference": marks.interval(row.reference_text)}
	return {**{key: row.get(key) for key in fields}, **texts, "has_trend": has_trend}


def visible(name: str, patients: list[str]):
	"""Return the Lab Result when it is one of these patients' and may be seen by them, else None."""
	patient = frappe.db.get_value("Lab Result", name, "patient")
	if not patient or patient not in patients:
		return None
	doc = frappe.get_doc("Lab Result", name)
	return doc if doc.status in SHOWN and not doc.superseded_by and not _held({doc.order}) else None


def trend(analyte: str, patient: str) -> dict[str, Any]:
	"""Return an analyte over time: unit, low, high, points (observed_at, value, flag), the oldest first.

	Values in other units are converted; those that cannot be are left out: they cannot stand on one axis.
	"""
	rows = _numbers(patient, [analyte])
	unit = rows[-1].unit if rows else ""
	reference = parse_reference(rows[-1].reference_text or "") if rows else None
	points = [
		{
			"observed_at": clock.to_zone(row.observed_at, clock.site_zone()).isoformat(),
			"value": row.numeric_value,
			"flag": row.flag,
		}
		for row in rows
	]
	bound = {side: _number(getattr(reference, side, None)) for side in ("low", "high")}
	return {"unit": unit, **bound, "points": points}


def _summary(row, items) -> dict[str, Any]:
	branch = frappe.get_cached_doc("Lab Branch", row.branch)
	services = dict.fromkeys(item.service for item in items if item.service)
	names = [frappe.get_cached_value("Lab Service", service, "service_name") for service in services]
	return {
		"name": row.name,
		"patient": row.patient,
		"status": row.status,
		"reported_at": clock.to_zone(row.reported_at, branch.timezone).isoformat(),
		"services": names or [_("Laboratory tests")],
		"abnormal": sum(bool(item.flag) for item in items),
		"total": len(items),
		"pdf_url": f"{DOWNLOAD}{row.name}" if row.status in ISSUED else None,
	}


def _items_of(results: list[str]) -> dict[str, list]:
	found: dict[str, list] = {}
	filters = {"parent": ("in", results), "status": ("!=", obs.CANCELLED)}
	fields = ["parent", "service", "flag"]
	for row in frappe.get_all("Lab Result Item", filters, fields, order_by="parent, idx") if results else ():
		found.setdefault(row.parent, []).append(row)
	return found


def _held(orders: Iterable[str]) -> set[str]:
	"""Return the orders whose patient is to be called by a doctor first."""
	filters = {"name": ("in", list(orders)), "hold_until_call": 1, "called_at": ("is", "not set")}
	return set(frappe.get_all("Lab Order", filters, pluck="name")) if filters["name"][1] else set()


def _with_trend(patient: str, analytes: list[str]) -> set[str]:
	times = Counter(row.analyte for row in _numbers(patient, analytes))
	return {analyte for analyte, count in times.items() if count >= TREND_POINTS}


def _numbers(patient: str, analytes: list[str]) -> list[frappe._dict]:
	"""Return the values that can stand on a chart and may be seen, of each analyte the oldest first."""
	rows = trends.values_of([patient], analytes)
	held = _held({row["order"] for row in rows})
	by_analyte: dict[str, list] = {}
	for row in rows:
		if row["order"] not in held:
			by_analyte.setdefault(row.analyte, []).append(row)
	return [row for own in by_analyte.values() for row in trends.on_one_axis(own)]


def _number(value) -> float | None:
	return None if value is None else float(value)
