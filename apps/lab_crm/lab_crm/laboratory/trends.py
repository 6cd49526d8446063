"""A patient's earlier values of analytes: for the doctor on the document, for the patient in the portal."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

import frappe

from lab_crm.laboratory import conversion
from lab_crm.laboratory import observations as obs
from lab_crm.laboratory.observations import Observation

VALID = (obs.FINAL, obs.CORRECTED)


def values_of(patients: Iterable[str], analytes: Iterable[str] | None = None) -> list[frappe._dict]:
	"""Return the valid values of patients, the oldest first, in one query.

	Values of results that were superseded, and values that were cancelled, are left out.

	Args:
		patients: names of patients; whoever asks has checked that they may be seen.
		analytes: only these; None means all.

	Returns:
		Rows of patient, result, order, analyte, analyte_name, value, numeric_value, unit, reference_text,
		flag, observed_at.
	"""
	patients, analytes = list(patients), None if analytes is None else list(analytes)
	if not patients or analytes == []:
		return []
	result, item = frappe.qb.DocType("Lab Result"), frappe.qb.DocType("Lab Result Item")
	query = (
		frappe.qb.from_(result)
		.join(item)
		.on(item.parent == result.name)
		.select(result.patient, result.name.as_("result"), result["order"], item.analyte, item.analyte_name)
		.select(item.value, item.numeric_value, item.unit, item.reference_text, item.flag, item.observed_at)
		.where(result.patient.isin(patients) & result.status.isin(VALID) & item.status.isin(VALID))
		.where(result.superseded_by.isnull() | (result.superseded_by == ""))
		.where(item.analyte.isnotnull())
		.orderby(item.observed_at, item.idx)
	)
	if analytes is not None:
		query = query.where(item.analyte.isin(analytes))
	rows = query.run(as_dict=True)
	for row in rows:
		# The database keeps 0 for a word.
		row.numeric_value = obs.numeric(row.value)
	return rows


def previous(
	patient: str, analytes: Iterable[str], before: datetime, order: str, depth: int
) -> dict[str, list[frappe._dict]]:
	"""Return analyte → up to `depth` values of earlier orders, the newest first.

	Args:
		patient: name of the Patient.
		analytes: which.
		before: only values measured earlier than this (naive, site zone).
		order: values of this order are not "earlier".
		depth: how many of each.
	"""
	found: dict[str, list[frappe._dict]] = defaultdict(list)
	for row in reversed(values_of([patient], analytes)):
		earlier = row.observed_at and row.observed_at < before and row["order"] != order
		if earlier and len(found[row.analyte]) < depth:
			found[row.analyte].append(row)
	return found


def on_one_axis(rows: Iterable[frappe._dict]) -> list[frappe._dict]:
	"""Return those values that can stand on one chart: numbers in one unit.

	The unit is the catalogue's, else that of the latest value. What was stored in another unit is converted
	by the table of conversions, with its interval; what cannot be converted is left out.

	Args:
		rows: of `values_of`, of one analyte, the oldest first.

	Returns:
		Copies of the rows; `received` is the value as it stands in the result, "" where it is the same.
	"""
	numbers = [row for row in rows if row.numeric_value is not None and row.observed_at]
	if not numbers:
		return []
	known = frappe.get_cached_doc("Analyte", numbers[-1].analyte)
	unit = known.unit or numbers[-1].unit or ""
	return [converted for row in numbers if (converted := _in_unit(row, known, unit))]


def _in_unit(row: frappe._dict, known, unit: str) -> frappe._dict | None:
	if obs.same_unit(row.unit, unit):
		return frappe._dict(row, unit=unit, received="")
	stored = Observation(
		row.analyte, value=row.value, unit=row.unit or "", reference_text=row.reference_text or ""
	)
	each = conversion.into_catalogue_unit(stored, known)
	if not obs.same_unit(each.unit, unit):
		return None
	values = {"value": each.value, "numeric_value": obs.numeric(each.value), "unit": unit}
	received = f"{row.value} {row.unit}"
	return frappe._dict(row, **values, reference_text=each.reference_text, received=received)
