"""A patient's earlier values of analytes: for the doctor on the document, for the patient in the portal."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

import frappe

from lab_crm.laboratory import observations as obs

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
	return query.run(as_dict=True)


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
