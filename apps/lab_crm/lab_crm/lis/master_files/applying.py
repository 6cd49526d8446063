"""Takes rows of a Catalogue Change over into the catalogue, each by itself: a failure hinders no other."""

import json
from typing import Any

import frappe
from frappe import _

from lab_crm.catalogue import prices
from lab_crm.lis.master_files import of_charges
from lab_crm.lis.master_files.proposal import NEW, PRICE, SERVICE, WITHDRAWN, in_document, plain
from lab_crm.lis.master_files.staging import APPLIED, FAILED, OPEN, ROW, count, rows_of
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal

SAVEPOINT = "catalogue_row"


def apply_rows(change: str, names: list[str], trusted: bool = False) -> dict[str, int]:
	"""Take rows over into the catalogue; those that are decided already are passed by.

	Whoever calls has locked the change, so that nobody else applies its rows meanwhile.

	Args:
		change: name of the Catalogue Change.
		names: of its rows.
		trusted: nobody's rights are asked: the connection applies by itself.

	Returns:
		`applied`, `failed`: how many rows now.
	"""
	told = {"applied": 0, "failed": 0}
	for row in rows_of(change, names, OPEN):
		frappe.db.savepoint(SAVEPOINT)
		try:
			target = _apply(row, trusted)
		except (frappe.ValidationError, frappe.DuplicateEntryError) as error:
			frappe.db.rollback(save_point=SAVEPOINT)
			frappe.clear_messages()
			decide(row.name, FAILED, str(error) or type(error).__name__)
			told["failed"] += 1
		else:
			decide(row.name, APPLIED, None, target)
			told["applied"] += 1
	count(change)
	return told


def decide(row: str, status: str, reason: str | None, target: str | None = None) -> None:
	"""Write down what became of a row, by whom and when."""
	values = {
		"status": status,
		"reason": reason,
		"decided_by": frappe.session.user,
		"decided_at": clock.now(),
	}
	if target:
		values["target"] = target
	frappe.db.set_value(ROW, row, values)


def _apply(row, trusted: bool) -> str:
	"""Change the catalogue as a row says; return the document, of a price its service."""
	if row.problem:
		raise Refusal("UNCLEAR", row.problem)
	base, value = json.loads(row.base), json.loads(row.value)
	if row.record_type == PRICE:
		_apply_price(row, base, value, trusted)
		return row.target
	if row.kind == NEW:
		doc = frappe.new_doc(row.record_type)
		doc.update({field: in_document(field, each) for field, each in value.items()})
		return _save(doc, trusted).name
	doc = frappe.get_doc(row.record_type, row.target, for_update=True)
	if plain(doc, row.field) != base:
		raise _stale()
	doc.set(row.field, in_document(row.field, value))
	if row.record_type == SERVICE and row.kind == WITHDRAWN:
		doc.is_bookable_online = 0
	return _save(doc, trusted).name


def _apply_price(row, base: dict | None, value: dict | None, trusted: bool) -> None:
	"""A price begins on its day, today at the earliest: what was in force on past days stays written."""
	today = clock.now().date()
	day = max(row.valid_from, today)
	now = of_charges.in_force(row.target, row.branch or None, row.funding, day)
	if not _same(now, base) and not _is_ours(row, now):
		raise _stale()
	if row.kind == WITHDRAWN:
		doc = frappe.get_doc("Service Price", now["name"], for_update=True)
		doc.valid_to = max(frappe.utils.getdate(frappe.utils.add_days(day, -1)), today)
		_save(doc, trusted)
		return
	name = prices.key_name(row.target, row.branch, row.funding, None, day)
	if frappe.db.exists("Service Price", name):
		doc = frappe.get_doc("Service Price", name, for_update=True)
	else:
		doc = frappe.new_doc("Service Price")
		place = {"service": row.target, "branch": row.branch, "funding": row.funding, "valid_from": day}
		doc.update(place)
	doc.update({"price": value["amount"], "currency": value["currency"], "valid_to": value["until"]})
	_save(doc, trusted)


def _save(doc, trusted: bool):
	if trusted:
		# safe: the connection was told to apply by itself by somebody who may change the catalogue
		return doc.save(ignore_permissions=True)
	return doc.save()


def _same(one: dict | None, other: dict | None) -> bool:
	keys = ("amount", "currency", "until")
	return (one is None) == (other is None) and (one is None or all(one[key] == other[key] for key in keys))


def _is_ours(row, now: dict | None) -> bool:
	"""Tell whether the price in force is one that the same change brought."""
	filters = {"change": row.change, "record_type": PRICE, "target": row.target, "status": APPLIED}
	others = frappe.get_all(ROW, filters=filters, fields=["branch", "funding", "value"])
	values: list[Any] = [
		json.loads(each.value) for each in others if (each.branch, each.funding) == (row.branch, row.funding)
	]
	return any(_same(now, value) for value in values)


def _stale() -> Refusal:
	return Refusal("CHANGED_SINCE", _("It was changed here since: compare again"), status=409)
