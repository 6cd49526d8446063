"""Which visit a recall is of: its `source_key` names the patient, so it follows when cards are merged."""

from collections.abc import Iterable

import frappe

from lab_crm.recall.scan import source_key


def align(patients: Iterable[str]) -> None:
	"""Have recalls known by the patients whose they are now, so that no visit calls twice (hook
	`patient_moved`).

	Where both cards have a recall of one rule and day, one of them has the key already: it stands for both.

	Args:
		patients: names of Patients whose documents were moved.
	"""
	fields = ["name", "rule", "patient", "source_key"]
	filters = {"patient": ("in", list(patients)), "source_key": ("is", "set")}
	for row in frappe.get_all("Recall", filters, fields, order_by="creation, name"):
		key = source_key(row.rule, row.patient, row.source_key.rpartition("|")[2])
		if key != row.source_key and not frappe.db.exists("Recall", {"source_key": key}):
			frappe.db.set_value("Recall", row.name, "source_key", key)
