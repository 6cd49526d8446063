"""Two cards of one person become one: what is about the one card is about the other from now on. It can be
undone, since every moved row is written down.

Consents stay where they were given, and the access log is never changed.
"""

import json
from collections import Counter
from collections.abc import Iterable

import frappe
from frappe import _

from lab_crm.journey import events
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal

MERGED, UNDONE = "Merged", "Undone"
STAYS = ("Patient", "Patient Merge", "Consent", "Patient Access Log")
FILLED = ("middle_name", "mobile", "email", "snils")  # empty ones of the card that stays
UNIQUE = ("snils",)
_LONGEST_CHAIN = 20  # of cards merged into each other
_FIELDS = ["name", "full_name", "birth_date", "sex", "status", "merged_into", *FILLED]


def survivor_of(patient: str) -> str:
	"""Return the card that a card was merged into, itself when it was not."""
	for _step in range(_LONGEST_CHAIN):
		into = frappe.db.get_value("Patient", patient, "merged_into")
		if not into:
			break
		patient = into
	return patient


def survivors(patients: Iterable[str]) -> dict[str, str]:
	"""Return card → the card it was merged into, for those that were."""
	named = {"name": ("in", list(patients)), "merged_into": ("is", "set")}
	merged = frappe.get_all("Patient", filters=named, pluck="name") if named["name"][1] else []
	return {name: survivor_of(name) for name in merged}


def contradiction(one, other) -> str:
	"""Return why two cards cannot be one person's, empty when nothing speaks against it.

	Args:
		one, other: mappings with `birth_date`, `snils` and `sex`.
	"""
	if one["birth_date"] and other["birth_date"] and one["birth_date"] != other["birth_date"]:
		return _("The birth dates differ")
	if one["snils"] and other["snils"] and one["snils"] != other["snils"]:
		return _("The SNILS differ")
	sexes = {one["sex"], other["sex"]} - {"Unknown", None, ""}
	return _("The sexes differ") if len(sexes) > 1 else ""


@frappe.whitelist(methods=["POST"])
def merge_cards(survivor: str, merged: str, reason: str, confirmed: bool = False) -> str:
	"""Merge two cards at the desk.

	Args:
		survivor: the Patient that stays.
		merged: the Patient whose documents move.
		reason: why, for those who look later.
		confirmed: the person saw what speaks against it.

	Returns:
		The name of the Patient Merge.

	Raises:
		frappe.PermissionError: the user may not merge cards.
		Refusal: as `merge`; `REASON_MISSING`; `CONTRADICTION` (409; ask, then call again with `confirmed`).
	"""
	if not frappe.has_permission("Patient Merge", "create"):
		raise frappe.PermissionError
	if not (reason or "").strip():
		raise Refusal("REASON_MISSING", _("Write why the cards are merged"), "reason")
	return merge(survivor, merged, reason.strip(), bool(frappe.utils.cint(confirmed)))


@frappe.whitelist(methods=["POST"])
def undo(merge: str, reason: str) -> None:
	"""Give a merged card back what it had; what came to the other card since stays there.

	Args:
		merge: name of the Patient Merge.
		reason: why, for those who look later.

	Raises:
		frappe.PermissionError: the user may not merge cards.
		Refusal: `REASON_MISSING`, `ALREADY_UNDONE` (409), `LATER_MERGE` (409; that one is undone first).
	"""
	if not frappe.has_permission("Patient Merge", "create"):
		raise frappe.PermissionError
	if not (reason or "").strip():
		raise Refusal("REASON_MISSING", _("Write why the merge is undone"), "reason")
	doc = frappe.get_doc("Patient Merge", merge, for_update=True)
	if doc.status == UNDONE:
		raise Refusal("ALREADY_UNDONE", _("This merge is undone already"), status=409)
	cards = _lock(doc.survivor, doc.merged)
	if into := cards[doc.survivor].merged_into:
		text = _("Card {0} was merged into {1} since: undo that merge first").format(doc.survivor, into)
		raise Refusal("LATER_MERGE", text, status=409)
	_give_back(doc, cards[doc.survivor])
	doc.flags.by_merging = True
	who = {"undone_by": frappe.session.user, "undone_at": clock.now(), "undo_reason": reason.strip()}
	doc.update({"status": UNDONE, **who})
	doc.save(ignore_permissions=True)  # safe: the right to merge was checked above
	_align(doc.survivor, doc.merged)
	events.emit("patient.separated", patient=doc.merged, survivor=doc.survivor, merge=doc.name)


def merge(survivor: str, merged: str, reason: str, confirmed: bool = False) -> str:
	"""Merge two cards in the caller's transaction; whoever calls has checked the right to it.

	Args: as `merge_cards`.

	Returns:
		The name of the Patient Merge.

	Raises:
		Refusal: `SAME_CARD`, `NO_CARD` (404), `ALREADY_MERGED` (409), `CONTRADICTION` (409).
	"""
	if survivor == merged:
		raise Refusal("SAME_CARD", _("A card cannot be merged with itself"), "merged")
	cards = _lock(survivor, merged)
	if len(cards) < 2:
		raise Refusal("NO_CARD", _("There is no such card"), "merged", 404)
	for card in cards.values():
		if card.merged_into:
			text = _("Card {0} was merged into {1} already").format(card.name, card.merged_into)
			raise Refusal("ALREADY_MERGED", text, status=409)
	against = contradiction(cards[survivor], cards[merged])
	if against and not confirmed:
		raise Refusal("CONTRADICTION", against, "merged", 409)
	filled, before = _fill(cards[survivor], cards[merged])
	rows = _move(cards[survivor], merged)
	moved = {"cards": before, "filled": filled, "rows": rows}
	doc = _written(survivor, merged, f"{reason}. {against}" if against else reason, moved)
	_align(survivor, merged)
	events.emit("patient.merged", patient=survivor, merged=merged, merge=doc.name)
	return doc.name


def _lock(*names: str) -> dict[str, frappe._dict]:
	"""Lock cards, always in one order; return them."""
	found = {}
	for name in sorted(names):
		row = frappe.db.get_value("Patient", name, _FIELDS, as_dict=True, for_update=True)
		if row:
			found[name] = row
	return found


def _fill(survivor, merged) -> tuple[dict, dict[str, dict]]:
	"""Fill gaps of the card that stays and retire the other; return what was filled in and what both had
	before."""
	filled = {field: merged[field] for field in FILLED if merged[field] and not survivor[field]}
	retired = {"status": "Inactive", "merged_into": survivor.name}
	retired |= {field: None for field in UNIQUE if field in filled}
	before = {
		survivor.name: {field: survivor[field] for field in filled},
		merged.name: {field: merged[field] for field in retired},
	}
	# The other card first: a unique number leaves it before it comes to this one.
	frappe.db.set_value("Patient", merged.name, retired)
	if filled:
		frappe.db.set_value("Patient", survivor.name, dict(filled))
	return filled, before


def _move(survivor, merged: str) -> list[tuple[str, str, str]]:
	"""Point every document about one card at the other; return (DocType, name, field) of each."""
	moved = []
	for doctype, field in _links():
		table = frappe.qb.DocType(doctype)
		query = frappe.qb.from_(table).select(table.name).where(table[field] == merged)
		names = query.orderby(table.name).for_update().run(pluck=True)
		_point(doctype, field, names, survivor.name)
		moved += [(doctype, name, field) for name in names]
	return moved


def _links() -> list[tuple[str, str]]:
	"""Return every (DocType, field) that names a patient, custom fields included."""
	found = set()
	for source, parent in (("DocField", "parent"), ("Custom Field", "dt")):
		rows = frappe.get_all(
			source, filters={"fieldtype": "Link", "options": "Patient"}, fields=[parent, "fieldname"]
		)
		found |= {(row[parent], row.fieldname) for row in rows}
	return sorted(
		(doctype, field)
		for doctype, field in found
		if doctype not in STAYS
		and not frappe.get_meta(doctype).issingle
		and frappe.db.has_column(doctype, field)
	)


def _point(doctype: str, field: str, names: list[str], patient: str) -> None:
	"""Make documents those of a patient, with what they copy from the card (its name)."""
	if not names:
		return
	values = {field: patient}
	for df in frappe.get_meta(doctype).fields:
		link, _dot, source = (df.fetch_from or "").partition(".")
		if link == field and source:
			values[df.fieldname] = frappe.db.get_value("Patient", patient, source)
	table = frappe.qb.DocType(doctype)
	query = frappe.qb.update(table).where(table.name.isin(names))
	for fieldname, value in values.items():
		query = query.set(table[fieldname], value)
	query.run()
	for name in names:
		frappe.clear_document_cache(doctype, name)


def _written(survivor: str, merged: str, reason: str, moved: dict):
	counted = Counter(doctype for doctype, _name, _field in moved["rows"])
	doc = frappe.new_doc("Patient Merge")
	doc.update(
		{
			"survivor": survivor,
			"merged": merged,
			"reason": reason,
			"status": MERGED,
			"moved": json.dumps(moved, ensure_ascii=False, default=str),
			"summary": "\n".join(f"{_(doctype)}: {count}" for doctype, count in sorted(counted.items())),
		}
	)
	doc.flags.by_merging = True
	return doc.insert(ignore_permissions=True)  # safe: whoever calls has checked the right to merge


def _give_back(doc, survivor) -> None:
	"""Point back what still is where the merge left it, and restore both cards; what was written over what
	the merge had filled in stays."""
	moved = json.loads(doc.moved)
	rows: dict[tuple[str, str], list[str]] = {}
	for doctype, name, field in moved["rows"]:
		if frappe.db.get_value(doctype, name, field) == doc.survivor:
			rows.setdefault((doctype, field), []).append(name)
	for (doctype, field), names in rows.items():
		_point(doctype, field, names, doc.merged)
	before = moved["cards"][doc.survivor]
	kept = {field for field, value in moved["filled"].items() if survivor[field] == value}
	if kept:
		frappe.db.set_value("Patient", doc.survivor, {field: before[field] for field in kept})
	frappe.db.set_value("Patient", doc.merged, moved["cards"][doc.merged])


def _align(*patients: str) -> None:
	"""Have the floors above bring along what follows the moved documents (hook `patient_moved`)."""
	for path in frappe.get_hooks("patient_moved"):
		frappe.get_attr(path)(patients)
