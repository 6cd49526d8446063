"""A LIS says that a patient's data changed (ADT^A08, A31): the card follows by rules, or a person is asked.

Names and the address are taken over; the former name is kept. A phone opens the personal account:
one that its holder has proved stays, one that leads to somebody else is not taken, and the desk is told.
Birth date, sex and SNILS say whose card it is: they are filled in; where they differ, nothing changes at all.
Consents are never touched.
"""

from collections.abc import Iterator

import frappe
from frappe import _

from lab_crm.lis import matching
from lab_crm.lis.hl7 import demographics
from lab_crm.lis.hl7.demographics import Demographics
from lab_crm.patients import merging, person_names, phones, portal_access
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal

NAMES = ("last_name", "first_name", "middle_name")
_SEXES = {"M": "Male", "F": "Female"}
_TITLE = 140


def take(raw: str, charset: str, message: str) -> tuple[str | None, list[str]]:
	"""Change the cards that a message speaks of.

	Args:
		raw: the decoded message.
		charset: Python name of the character set it came in.
		message: name of the LIS Message, for the record.

	Returns:
		The last card found, and why some were not changed (translated sentences).

	Raises:
		NotHL7: it does not begin with an MSH segment.
	"""
	people = demographics.parse(raw, charset)
	if not people:
		return None, [_("The message names no patient (PID)")]
	found, reasons = None, []
	for each in people:
		card, reason = _take(each, message)
		found = card or found
		reasons += [reason] if reason else []
	return found, reasons


def _take(said: Demographics, message: str) -> tuple[str | None, str]:
	name = matching.card_of(said.ids)
	if not name:
		numbers = ", ".join(each.value for each in said.ids.identifiers) or "—"
		return None, _("There is no single card of ours with the numbers {0}").format(numbers)
	doc = frappe.get_doc("Patient", name, for_update=True)
	identity = _identity(said)
	if against := merging.contradiction(_as_mapping(doc), identity):
		text = _("Card {0} was not changed: {1}. Correct it by hand, then process the message again")
		return name, text.format(name, against.lower())
	before = {field: doc.get(field) for field in (*NAMES, "full_name")}
	changed = dict(_changes(doc, said, identity))
	try:
		_write(doc, changed, before, message)
	except Refusal as refusal:
		return name, _("Card {0} was not changed: {1}").format(name, refusal)
	for title in _for_the_desk(doc, said):
		_note(doc.name, title)
	return name, ""


def _as_mapping(doc) -> dict:
	born = frappe.utils.getdate(doc.birth_date) if doc.birth_date else None
	return {"birth_date": born, "snils": _digits(doc.snils), "sex": doc.sex}


def _identity(said: Demographics) -> dict:
	numbers = matching.snils_of(said.ids)
	return {
		"birth_date": said.ids.birth_date,
		"snils": numbers.pop() if len(numbers) == 1 else None,
		"sex": _SEXES.get(said.ids.sex, "Unknown"),
	}


def _changes(doc, said: Demographics, identity: dict) -> Iterator[tuple[str, str | None]]:
	"""Yield the fields of a card that change, with their new values."""
	for field in NAMES:
		value = person_names.tidy(getattr(said.ids, field))
		# ё and е, capitals and look-alike letters make no other name.
		if value and person_names.fold(value) != person_names.fold(doc.get(field)):
			yield field, value
	yield from ((field, None) for field in said.emptied if doc.get(field))
	if said.address and said.address != doc.address:
		yield "address", said.address
	if doc.sex == "Unknown" and identity["sex"] != "Unknown":
		yield "sex", identity["sex"]
	email = said.emails[0] if said.emails else None
	gaps = {"snils": identity["snils"], "email": email}
	yield from ((field, value) for field, value in gaps.items() if value and not doc.get(field))
	phone = _phone(said)
	if phone and phone != doc.mobile and not _keeps(doc, phone):
		yield "mobile", phone


def _write(doc, changed: dict, before: dict, message: str) -> None:
	if not changed:
		return
	old = {field: doc.get(field) for field in changed}
	doc.update(changed)
	if any(field in changed for field in NAMES):
		until = frappe.utils.formatdate(clock.now().date())
		line = _("{0} (until {1})").format(before["full_name"], until)
		doc.former_names = "\n".join(filter(None, (doc.former_names, line)))
	doc.save(ignore_permissions=True)  # safe: the LIS was let in by its connection; only what the rules allow
	lines = (
		f"{_(doc.meta.get_label(field))}: {_shown(field, old[field])} → {_shown(field, doc.get(field))}"
		for field in changed
	)
	text = _("Changed by the LIS ({0})").format(message)
	escaped = "<br>".join(map(frappe.utils.escape_html, lines))
	doc.add_comment("Info", f"{text}:<br>{escaped}")


def _phone(said: Demographics) -> str | None:
	return next(filter(None, map(phones.to_e164, said.phones)), None)


def _keeps(doc, phone: str) -> bool:
	"""Tell whether a card keeps its phone: it is proved, or the new one leads to somebody else."""
	proved = bool(doc.mobile) and portal_access.is_proved(doc.mobile)
	others = {"mobile": phone, "name": ("!=", doc.name), "merged_into": ("is", "not set")}
	return proved or portal_access.is_proved(phone) or bool(frappe.db.exists("Patient", others))


def _for_the_desk(doc, said: Demographics) -> Iterator[str]:
	"""Yield what people have to look at: the card differs and was left as it is."""
	phone = _phone(said)
	if phone and phone != doc.mobile:
		yield _("The LIS names another phone, {0}: ask which one is right").format(phones.show(phone))
	if said.emails and doc.email and said.emails[0].lower() != doc.email.lower():
		yield _("The LIS names another email, {0}: ask which one is right").format(said.emails[0])
	if said.deceased and doc.status != "Deceased":
		yield _("The LIS says that the patient has died: check and change the status")
	if said.wants_privacy:
		yield _("The LIS says that the patient wants privacy: ask about the consents")


def _note(patient: str, title: str) -> None:
	title = title[:_TITLE]
	if frappe.db.exists("Patient Note", {"patient": patient, "title": title, "is_resolved": 0}):
		return
	row = frappe.new_doc("Patient Note")
	row.update({"patient": patient, "title": title, "kind": "Check at the Desk"})
	row.insert(ignore_permissions=True)  # safe: a fixed text about what the LIS said


def _shown(field: str, value: str | None) -> str:
	if not value:
		return "—"
	return _(value) if field == "sex" else str(value)


def _digits(text: str | None) -> str:
	return "".join(filter(str.isdecimal, text or ""))
