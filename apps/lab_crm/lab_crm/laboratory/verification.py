"""What a stranger with a results document may learn: that it is genuine and valid, nothing of its content."""

from typing import Any

import frappe

from lab_crm.laboratory import observations as obs
from lab_crm.laboratory.report import VERIFY, initials
from lab_crm.utils import clock, tokens


def describe(token: str) -> dict[str, Any] | None:
	"""Return what confirms a document, None when the token is none of ours or out of date.

	Args:
		token: from the address in the document's QR code.

	Returns:
		number, patient (initials), birth_year, reported_at (ISO 8601), laboratory, licence, is_final,
		is_replaced, is_cancelled.
	"""
	name = tokens.read(VERIFY, token)
	fields = ["name", "patient", "status", "branch", "reported_at", "superseded_by"]
	row = frappe.db.get_value("Lab Result", name, fields, as_dict=True) if name else None
	if not row:
		return None
	branch = frappe.get_cached_doc("Lab Branch", row.branch)
	patient = frappe.db.get_value("Patient", row.patient, ["full_name", "birth_date"], as_dict=True)
	return {
		"number": row.name,
		"patient": initials(patient.full_name),
		"birth_year": patient.birth_date.year if patient.birth_date else None,
		"reported_at": clock.to_zone(row.reported_at, branch.timezone).isoformat(),
		"laboratory": branch.legal_name or branch.branch_name,
		"licence": branch.licence,
		"is_final": row.status in (obs.FINAL, obs.CORRECTED),
		"is_replaced": bool(row.superseded_by),
		"is_cancelled": row.status == obs.CANCELLED,
	}
