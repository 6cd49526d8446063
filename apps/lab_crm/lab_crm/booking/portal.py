"""Bookings in the patient's personal account."""

from typing import Any

import frappe

from lab_crm.booking import service, view

MOST = 100


def bookings_of(patients: list[str]) -> list[dict[str, Any]]:
	"""Return the bookings of some patients, the latest first, as `view.of`, with `patient` and
	`manage_token`.

	Args:
		patients: names of Patients; the caller has checked that they are the user's own.
	"""
	if not patients:
		return []
	names = frappe.get_all(
		"Booking", filters={"patient": ("in", patients)}, pluck="name", order_by="start desc", limit=MOST
	)
	docs = [frappe.get_doc("Booking", name) for name in names]
	return [
		{**view.of(doc), "patient": doc.patient, "manage_token": service.manage_token(doc)} for doc in docs
	]
