"""What a message to a patient would say of their latest booking: for the preview of a template."""

from typing import Any

import frappe

from lab_crm.booking import reactions


def values_of(patient: str) -> dict[str, Any]:
	"""Return the variables of the patient's latest booking that the user may read, none without one.

	Args:
		patient: name of the Patient.
	"""
	names = frappe.get_list("Booking", {"patient": patient}, pluck="name", order_by="start desc", limit=1)
	return reactions.context(frappe.get_doc("Booking", names[0])) if names else {}
