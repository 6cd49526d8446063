"""One person, one card: finding the card of whoever books, and making it when there is none.

Steps, from the surest: the same phone (or email), name and birth date; the same SNILS and birth date; the
same phone, first name and birth date under another last name (married). Anything less sure is a new card and
a warning in the desk: two cards of one person are a nuisance, one card of two people is a danger.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document

from lab_crm.patients import merging, person_names, phones
from lab_crm.patients.person import Person, from_dict
from lab_crm.utils import clock
from lab_crm.utils.once import insert_once

COLUMNS = (
	"name",
	"last_name",
	"first_name",
	"middle_name",
	"birth_date",
	"mobile",
	"email",
	"snils",
	"status",
	"identity_key",
)


@dataclass(frozen=True)
class Match:
	"""A card found for a person, and by what (`exact`, `snils`, `surname`)."""

	name: str
	by: str


def find_or_create(given: Mapping[str, Any], trusted: bool = False) -> Document:
	"""Return the Patient of a person, made if there is none; `doc.flags.is_new_patient` tells which.

	Two callers at once get the same card: the unique `identity_key` decides. Contacts of an existing card are
		never changed here,
	since whoever fills in a web form is not yet proven to be that person; what differs becomes a note for the
	front desk.

	Args:
		given: last_name, first_name, birth_date, and optionally middle_name, sex, mobile, email, snils.
		trusted: the person is known (signed in, at the desk, a roster of the employer), so empty fields of
			the card are filled.

	Raises:
		Refusal: see `person.from_dict`.
	"""
	person = from_dict(given, clock.now().date())
	match = choose(_candidates(person), person)
	if match:
		return _existing(match, person, trusted)
	doc = _new(person)
	# Several transactions may be here at once; `once` makes one card and gives it to all of them.
	# Safe: a new card of whoever books, out of checked values; nothing of another card is shown.
	made = insert_once(doc, "identity_key") if doc.identity_key else doc.insert(ignore_permissions=True)
	made.flags.is_new_patient = made is doc
	return _living(made)


def choose(candidates: Iterable[Mapping[str, Any]], person: Person) -> Match | None:
	"""Return the card among `candidates` (rows with `COLUMNS`) that is this person's, if one is."""
	candidates = [row for row in candidates if row["birth_date"] == person.birth_date]
	for by, same in (("exact", _same_identity), ("snils", _same_snils), ("surname", _same_but_surname)):
		found = [row for row in candidates if same(row, person)]
		if found:
			# Of duplicates, the live card, and among those the one that holds the person's key.
			found.sort(key=lambda row: (row["status"] != "Active", not row["identity_key"]))
			return Match(found[0]["name"], by)
	return None


def similar(first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
	"""Tell whether two cards may be one person: one birth date, and the same name or phone and first name."""
	if first["birth_date"] != second["birth_date"]:
		return False
	same_first = _folded(first, "first_name") == _folded(second, "first_name")
	same_phone = bool(first["mobile"]) and first["mobile"] == second["mobile"]
	return same_first and (same_phone or _folded(first, "last_name") == _folded(second, "last_name"))


def find_similar(patient: Document) -> list[dict[str, Any]]:
	"""Return other cards that may be the same person as `patient`."""
	if not patient.birth_date:
		return []
	born = frappe.utils.getdate(patient.birth_date)
	rows = frappe.get_all(
		"Patient",
		filters={"birth_date": born, "name": ("!=", patient.name or ""), "merged_into": ("is", "not set")},
		fields=[*COLUMNS, "full_name"],
		limit=1000,
	)
	card = {**{column: patient.get(column) for column in COLUMNS}, "birth_date": born}
	return [row for row in rows if similar(row, card)]


def _living(doc: Document) -> Document:
	"""Return the card that a card was merged into, itself when it was not."""
	return frappe.get_doc("Patient", merging.survivor_of(doc.name)) if doc.merged_into else doc


def _candidates(person: Person) -> list[dict[str, Any]]:
	ways = [{"snils": person.snils}] if person.snils else []
	if person.mobile or person.email:
		ways.append({"mobile": person.mobile} if person.mobile else {"email": person.email})
	# One query a key: each uses its own index, which an OR would not.
	rows = [row for way in ways for row in frappe.get_all("Patient", filters=way, fields=COLUMNS)]
	return list({row.name: row for row in rows}.values())


def _new(person: Person) -> Document:
	doc = frappe.new_doc("Patient")
	doc.update(
		{
			"last_name": person.last_name,
			"first_name": person.first_name,
			"middle_name": person.middle_name,
			"birth_date": person.birth_date,
			"sex": person.sex,
			"mobile": person.mobile,
			"email": person.email,
			"snils": person.snils,
			"identity_key": person.identity_key,
		}
	)
	doc.flags.from_matching = True
	return doc


def _existing(match: Match, person: Person, trusted: bool) -> Document:
	doc = _living(frappe.get_doc("Patient", match.name))
	if trusted:
		_fill_gaps(doc, person)
	_note_differences(doc, person, match.by)
	doc.flags.is_new_patient = False
	return doc


def _fill_gaps(doc: Document, person: Person) -> None:
	gaps = {
		field: getattr(person, field)
		for field in ("middle_name", "mobile", "email", "snils")
		if getattr(person, field) and not doc.get(field)
	}
	if doc.sex == "Unknown" and person.sex != "Unknown":
		gaps["sex"] = person.sex
	if gaps:
		doc.update(gaps)
		doc.flags.from_matching = True
		doc.save(ignore_permissions=True)  # safe: only empty fields, and the caller vouches for the person


def _note_differences(doc: Document, person: Person, by: str) -> None:
	"""Leave the front desk one open note when the person now names himself otherwise."""
	note = None
	if by == "surname":
		note = _("Booked under the last name {0}: check the passport").format(person.last_name)
	elif by == "snils" and person.mobile and person.mobile != doc.mobile:
		note = _("Gave another phone, {0}: ask which one is right").format(phones.show(person.mobile))
	known = note and frappe.db.exists("Patient Note", {"patient": doc.name, "title": note, "is_resolved": 0})
	if note and not known:
		row = frappe.new_doc("Patient Note")
		row.update({"patient": doc.name, "title": note, "kind": "Check at the Desk"})
		row.insert(ignore_permissions=True)  # safe: a fixed text about the booking just accepted


def _same_identity(row: Mapping[str, Any], person: Person) -> bool:
	contact = (
		row["mobile"] == person.mobile
		if person.mobile
		else (row["email"] or "").lower() == (person.email or "-").lower()
	)
	return contact and _names(row) == (
		person_names.fold(person.last_name),
		person_names.fold(person.first_name),
	)


def _same_snils(row: Mapping[str, Any], person: Person) -> bool:
	return bool(person.snils) and row["snils"] == person.snils


def _same_but_surname(row: Mapping[str, Any], person: Person) -> bool:
	middles = {_folded(row, "middle_name"), person_names.fold(person.middle_name)} - {""}
	same_phone = bool(person.mobile) and row["mobile"] == person.mobile
	return (
		same_phone and _folded(row, "first_name") == person_names.fold(person.first_name) and len(middles) < 2
	)


def _names(row: Mapping[str, Any]) -> tuple[str, str]:
	return _folded(row, "last_name"), _folded(row, "first_name")


def _folded(row: Mapping[str, Any], field: str) -> str:
	return person_names.fold(row[field])
