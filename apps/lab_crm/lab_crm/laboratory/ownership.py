"""Whose results are: always the patient's of their order."""

from collections.abc import Iterable

import frappe

FOLLOWING = ("Lab Result", "Specimen", "Critical Alert")


def align(patients: Iterable[str]) -> None:
	"""Give what belongs to orders of some patients to the patient of its order (hook `patient_moved`).

	Reports may be stored while cards are merged or separated: what came to the old card follows its order.

	Args:
		patients: names of Patients whose documents were moved.
	"""
	order, patient = frappe.qb.DocType("Lab Order"), frappe.qb.DocType("Patient")
	for doctype in FOLLOWING:
		table = frappe.qb.DocType(doctype)
		strays = (
			frappe.qb.from_(table)
			.join(order)
			.on(order.name == table["order"])
			.join(patient)
			.on(patient.name == order.patient)
			.select(table.name, order.patient, patient.full_name)
			.where(order.patient.isin(list(patients)) & (table.patient != order.patient))
			.run(as_dict=True)
		)
		for row in strays:
			values = {"patient": row.patient, "patient_name": row.full_name}
			frappe.db.set_value(doctype, row.name, values)
