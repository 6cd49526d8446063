"""Consents of patients: given, withdrawn, asked for before every send and every handing over of data (F41).

One active consent per patient and purpose: the unique `active_key` decides. A withdrawn consent stays as
evidence.
"""

from collections.abc import Iterable
from datetime import datetime

import frappe
from frappe import _
from frappe.model.document import Document

from lab_crm.utils.errors import Refusal
from lab_crm.utils.once import insert_once

PERSONAL = "Personal Data"
MEDICAL = "Medical Data"
SERVICE = "Service Messages"
MARKETING = "Marketing"
RESULTS_BY_EMAIL = "Results by Email"
STATE_EXCHANGE = "State Exchange"
PURPOSES = (PERSONAL, MEDICAL, SERVICE, MARKETING, RESULTS_BY_EMAIL, STATE_EXCHANGE)


def give(patient: str, purpose: str, evidence: str, given_on: datetime | None = None) -> Document:
	"""Record that a patient agreed; return the Consent, the one already active if there is one.

	Args:
		patient: name of the Patient.
		purpose: one of `PURPOSES`.
		evidence: how it was expressed: "ticked on the website, 203.0.113.5", "signed on paper".
		given_on: stored time; None: now.

	Raises:
		Refusal: PURPOSE_UNKNOWN, CONSENT_FORM_MISSING (no published text of this purpose).
	"""
	check_purpose(purpose)
	active = _active(patient, purpose)
	if active:
		return active
	doc = frappe.new_doc("Consent")
	doc.update({"patient": patient, "purpose": purpose, "evidence": evidence, "given_on": given_on})
	doc.active_key = active_key(patient, purpose)
	# Safe without permissions: the caller has the patient's own act (a tick, a signature) as evidence.
	return insert_once(doc, "active_key")


def give_all(patient: str, purposes: Iterable[str], evidence: str) -> list[Document]:
	"""Record several consents given by one act; see `give`."""
	return [give(patient, purpose, evidence) for purpose in dict.fromkeys(purposes)]


def withdraw(patient: str, purpose: str, evidence: str) -> bool:
	"""Withdraw the active consent, at once and for good; tell whether there was one.

	Raises:
		Refusal: PURPOSE_UNKNOWN.
	"""
	check_purpose(purpose)
	active = _active(patient, purpose, locking=True)
	if active:
		active.withdraw(evidence)
	return bool(active)


def has(patient: str, purpose: str) -> bool:
	"""Tell whether the patient has agreed to a purpose and not withdrawn."""
	return bool(frappe.db.exists("Consent", {"active_key": active_key(patient, purpose)}))


def states(patient: str) -> tuple[set[str], set[str]]:
	"""Return the purposes agreed to, and those agreed to once and withdrawn."""
	rows = frappe.get_all("Consent", filters={"patient": patient}, fields=["purpose", "status"])
	given = {row.purpose for row in rows if row.status == "Active"}
	return given, {row.purpose for row in rows} - given


def given_by(patients: Iterable[str]) -> dict[str, set[str]]:
	"""Return the active purposes of many patients at once."""
	found: dict[str, set[str]] = {patient: set() for patient in patients}
	if found:
		filters = {"patient": ("in", list(found)), "status": "Active"}
		for row in frappe.get_all("Consent", filters=filters, fields=["patient", "purpose"]):
			found[row.patient].add(row.purpose)
	return found


def published_forms() -> dict[str, dict]:
	"""Return the published text of every purpose: name, title, version, short_text, is_required."""
	fields = ["name", "title", "purpose", "version", "short_text", "is_required"]
	rows = frappe.get_all("Consent Form", filters={"status": "Published"}, fields=fields)
	return {row.purpose: row for row in rows}


def active_key(patient: str, purpose: str) -> str:
	"""Return the value of the unique key that an active consent holds."""
	return f"{patient}:{purpose}"


def slug(purpose: str) -> str:
	"""Return the last part of the address of a purpose's text: "Personal Data" → "personal-data"."""
	return purpose.lower().replace(" ", "-")


def check_purpose(purpose: str) -> None:
	"""Raise Refusal PURPOSE_UNKNOWN for what is no purpose of a consent."""
	if purpose not in PURPOSES:
		raise Refusal("PURPOSE_UNKNOWN", _("Unknown consent {0}").format(str(purpose)[:60]), field="consents")


def _active(patient: str, purpose: str, locking: bool = False) -> Document | None:
	name = frappe.db.get_value("Consent", {"active_key": active_key(patient, purpose)}, for_update=locking)
	return frappe.get_doc("Consent", name) if name else None
