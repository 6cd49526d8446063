"""Insurers: the policy that names one, the contract that the laboratory has with it."""

from collections.abc import Iterable
from datetime import date

import frappe

from lab_crm.erp.coverage import Rule

CONTRACT = "Insurer Contract"


def key_of(name: str | None) -> str:
	"""Return how an insurer's name is compared: spaces and capitals do not matter."""
	return " ".join((name or "").split())[:120].casefold()


def policy(patient: str, kind: str, day: date) -> frappe._dict | None:
	"""Return the policy of a patient that is in force on a day and names its insurer: number, insurer.

	Args:
		patient: name of the Patient.
		kind: OMS or DMS.
		day: of the visit.
	"""
	filters = {"parent": patient, "parenttype": "Patient", "kind": kind}
	fields = ["number", "insurer", "valid_from", "valid_to"]
	for row in frappe.get_all("Insurance Policy", filters, fields, order_by="valid_to desc, idx"):
		begun = not row.valid_from or row.valid_from <= day
		if row.insurer and begun and (not row.valid_to or day <= row.valid_to):
			return row
	return None


def of_policy(patient: str, kind: str, day: date) -> str | None:
	"""Return the insurer that a patient's policy names on a day."""
	found = policy(patient, kind, day)
	return found.insurer if found else None


def contract(name: str):
	"""Return an Insurer Contract."""
	return frappe.get_cached_doc(CONTRACT, name)


def contract_of(insurer: str | None, funding: str, day: date):
	"""Return the contract with an insurer that is in force on a day, the one for all programmes first; None
	if there is none.
	"""
	if not insurer:
		return None
	filters = {"insurer_key": key_of(insurer), "funding": funding, "valid_from": ("<=", day)}
	fields = ["name", "programme", "valid_from", "valid_to"]
	rows = frappe.get_all(CONTRACT, filters, fields, order_by="valid_from desc, name")
	fitting = [row for row in rows if not row.valid_to or row.valid_to >= day]
	found = next((row for row in fitting if not row.programme), fitting[0] if fitting else None)
	return contract(found.name) if found else None


def rules(rows: Iterable) -> list[Rule]:
	"""Return the lines of a contract's or letter's table as rules."""
	return [
		Rule(row.service or None, row.category or None, bool(row.excluded), row.get("quantity") or 0)
		for row in rows
	]
