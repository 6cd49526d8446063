"""Consents of two cards of one person: they stay where they were given, but a withdrawal counts for both."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

import frappe
from frappe import _

from lab_crm.privacy import consents


def withdraw(patients: Iterable[str]) -> None:
	"""Withdraw on one card what was withdrawn on the other later than it was given here (hook
	`patient_moved`).

	Cards that are being separated again are left alone: what was withdrawn stays so.

	Args:
		patients: names of Patients whose documents were moved.
	"""
	names = list(patients)
	merged = {"name": ("in", names), "merged_into": ("in", names)}
	for pair in frappe.get_all("Patient", merged, ["name", "merged_into"], as_list=True):
		withdrawals = _withdrawals(pair)
		_carry(withdrawals, *pair)
		_carry(withdrawals, *reversed(pair))


def _withdrawals(cards: Iterable[str]) -> dict[str, dict[str, datetime]]:
	"""Return when each purpose was last withdrawn: card → purpose → stored time."""
	found: dict[str, dict[str, datetime]] = defaultdict(dict)
	filters = {"patient": ("in", list(cards)), "withdrawn_on": ("is", "set")}
	fields = ["patient", "purpose", "withdrawn_on"]
	for row in frappe.get_all("Consent", filters, fields, order_by="withdrawn_on"):
		found[row.patient][row.purpose] = row.withdrawn_on
	return found


def _carry(withdrawals: dict[str, dict[str, datetime]], source: str, target: str) -> None:
	evidence = _("Withdrawn on card {0} of the same person").format(source)
	given = {"patient": target, "status": "Active"}
	for row in frappe.get_all("Consent", given, ["purpose", "given_on"], order_by="creation"):
		withdrawn_on = withdrawals[source].get(row.purpose)
		if withdrawn_on and withdrawn_on > row.given_on:
			consents.withdraw(target, row.purpose, evidence)
