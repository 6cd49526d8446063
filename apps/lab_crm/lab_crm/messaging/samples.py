"""Values for the preview of a text: examples, or those of a chosen patient."""

from typing import Any

import frappe

from lab_crm.messaging import settings, vocabulary
from lab_crm.patients import person_names

# Functions of the floors above: name of a Patient → values of what they know of the patient.
HOOK = "message_preview_values"


def values(event: str, patient: str | None = None) -> dict[str, Any]:
	"""Return a value for each variable of an event.

	Args:
		event: key of `vocabulary.EVENTS`.
		patient: name of a Patient the caller may read; None: examples only.
	"""
	known = vocabulary.known_variables(event)
	found = {name: vocabulary.VARIABLES[name].example for name in known}
	if patient:
		card = frappe.db.get_value("Patient", patient, ["first_name", "middle_name"], as_dict=True)
		found["patient_name"] = person_names.polite(card.first_name, card.middle_name)
		found |= {name: value for name, value in settings.signature().items() if value}
		for path in frappe.get_hooks(HOOK):
			found |= frappe.get_attr(path)(patient)
	return {name: found[name] for name in known}
