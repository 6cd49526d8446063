"""The courier list on paper: what is in the container, by barcodes; no names of patients."""

from typing import Any

import frappe

from lab_crm.laboratory import code128
from lab_crm.laboratory.report import TIME
from lab_crm.utils import clock


def courier_list(doc) -> dict[str, Any]:
	"""Return what the print of a Specimen Transfer says; called by its print format.

	Args:
		doc: Specimen Transfer document.
	"""
	ends = {side: frappe.get_cached_doc("Lab Branch", doc.get(side)) for side in ("from_branch", "to_branch")}
	zone = ends["from_branch"].timezone
	times = {
		field: clock.to_zone(frappe.utils.get_datetime(doc.get(field)), zone).strftime(TIME)
		for field in ("handed_over_at", "expected_at", "received_at")
		if doc.get(field)
	}
	orders = _orders([row.specimen for row in doc.items])
	return {
		**ends,
		"times": times,
		"rows": [
			{
				"number": row.idx,
				"barcode": code128.svg(row.specimen),
				"digits": _grouped(row.specimen),
				"material": _material(row.sample_type),
				"order": orders.get(row.specimen, ""),
				"state": row.state,
			}
			for row in doc.items
		],
	}


def _grouped(digits: str) -> str:
	return " ".join(digits[place : place + 4] for place in range(0, len(digits), 4))


def _orders(specimens: list[str]) -> dict[str, str]:
	rows = frappe.get_all("Specimen", {"name": ("in", specimens or [""])}, ["name", "order"])
	return {row.name: row["order"] for row in rows}


def _material(sample_type: str | None) -> str:
	if not sample_type:
		return ""
	material = frappe.get_cached_doc("Sample Type", sample_type)
	return ", ".join(filter(None, (material.material_name, material.tube_name)))
