"""Keeps what a master file wants as a Catalogue Change with its rows; the catalogue itself stays as it is."""

import json
from collections.abc import Iterable
from decimal import Decimal

import frappe
from frappe import _

from lab_crm.lis import unknown_codes
from lab_crm.lis.hl7 import master
from lab_crm.lis.hl7.master import MasterFile
from lab_crm.lis.master_files import of_charges, of_tests
from lab_crm.lis.master_files.ours import Ours
from lab_crm.lis.master_files.proposal import (
	ANALYTE,
	NEW,
	PRICE,
	SERVICE,
	UNCHANGED,
	UNCLEAR,
	Proposal,
	show,
	show_document,
	show_price,
)
from lab_crm.lis.unknown_codes import Unknown
from lab_crm.utils import clock
from lab_crm.utils.once import insert_once

CHANGE, ROW = "Catalogue Change", "Catalogue Change Row"
WAITING, APPLIED, REJECTED, FAILED, SUPERSEDED, NOTHING = (
	"To Decide",
	"Accepted",
	"Rejected",
	"Failed",
	"Superseded",
	"Unchanged",
)
OPEN = (WAITING, FAILED)
ALERT_PERCENT = 20  # of a connection that says nothing
CHARGES = "M04"
MOST_MISSING = 50  # codes that are named one by one
_RANKS = {ANALYTE: 0, SERVICE: 1, PRICE: 2}  # a price needs its service, a service its analytes
_LENGTH = 140


def take(message) -> str:
	"""Keep what a message wants; the same message again changes nothing.

	Args:
		message: row of a LIS Message: `name`, `message_type`, `connection`, `raw`, `charset`, `received_at`.

	Returns:
		The name of the Catalogue Change.

	Raises:
		NotHL7: the message cannot be read.
	"""
	parsed = master.parse(message.raw, message.charset or "utf-8")
	known = frappe.db.get_value(CHANGE, {"lis_message": message.name})
	if known:
		return known
	fresh = _new(message, parsed)
	made = insert_once(fresh, "lis_message")
	if made is not fresh:
		return made.name
	found = compare(parsed, message.message_type, message.connection)
	write_rows(made, found)
	strange = {(each.code, each.title) for each in found if _is_strange(each)}
	noted = [Unknown(SERVICE, code[:_LENGTH], title[:_LENGTH]) for code, title in sorted(strange)]
	unknown_codes.note(message.connection, message.name, noted)
	return made.name


def compare(parsed: MasterFile, message_type: str, connection: str | None) -> list[Proposal]:
	"""Return what the records of a message would change, in the order in which it can be applied.

	Args:
		parsed: the message.
		message_type: `MFN^M08`.
		connection: the LIS Connection it came by.
	"""
	event = message_type.partition("^")[2]
	ours = Ours(connection, parsed.records)
	found: list[Proposal] = []
	for number, record in enumerate(parsed.records):
		for each in _of_record(record, event, ours, _alert_percent(connection)):
			each.warnings += [_("Not readable: {0}").format(problem) for problem in record.problems]
			each.entry = number
			found.append(each)
	_refuse_twice(found)
	return sorted(found, key=lambda each: (_RANKS[each.record_type], each.entry))


def write_rows(change, proposals: Iterable[Proposal]) -> None:
	"""Write proposals as rows of a change and take older ones about the same off the work list.

	Args:
		change: Catalogue Change document.
		proposals: in their order.
	"""
	proposals = list(proposals)
	supersede(change, {each.key for each in proposals if each.code})
	for position, each in enumerate(proposals, 1):
		frappe.get_doc(_row(change, position, each)).insert(ignore_permissions=True)  # safe: see `take`
	count(change.name)


def supersede(change, keys: set[str]) -> None:
	"""Close what waits in older changes of the same connection about the same things."""
	row, older = frappe.qb.DocType(ROW), frappe.qb.DocType(CHANGE)
	same = older.connection == change.connection if change.connection else older.connection.isnull()
	query = (
		frappe.qb.from_(row)
		.join(older)
		.on(older.name == row.change)
		.select(row.name, row.change, row.row_key)
	)
	query = query.where(same & (older.name != change.name) & row.status.isin(OPEN))
	query = query.where(older.received_at <= change.received_at).orderby(row.change)
	found = [each for each in query.run(as_dict=True) if each.row_key in keys]
	for name in sorted({each.change for each in found}):
		frappe.db.get_value(CHANGE, name, for_update=True)
		rows = {"name": ("in", [each.name for each in found if each.change == name]), "status": ("in", OPEN)}
		text = _("A later message says otherwise: {0}").format(change.name)
		frappe.db.set_value(ROW, rows, {"status": SUPERSEDED, "reason": text})
		count(name)


def rows_of(
	change: str, names: Iterable[str] | None = None, states: Iterable[str] = ()
) -> list[frappe._dict]:
	"""Return rows of a change, locked, as others left them: whoever waited for the change has an old view.

	Args:
		change: name of the Catalogue Change.
		names: only these.
		states: only those in one of these.
	"""
	row = frappe.qb.DocType(ROW)
	query = (
		frappe.qb.from_(row).select("*").where(row.change == change).orderby(row.position).orderby(row.name)
	)
	if names is not None:
		query = query.where(row.name.isin(list(names)))
	if states:
		query = query.where(row.status.isin(list(states)))
	return query.for_update().run(as_dict=True)


def count(change: str) -> str:
	"""Count the rows of a change anew; return its status."""
	rows = rows_of(change)
	states = [row.status for row in rows]
	waiting = states.count(WAITING) + states.count(FAILED)
	order = (APPLIED, REJECTED, SUPERSEDED)
	status = WAITING if waiting else next((each for each in order if each in states), NOTHING)
	values = {
		"status": status,
		"rows_total": len(rows),
		"rows_waiting": waiting,
		"rows_applied": states.count(APPLIED),
		"rows_rejected": states.count(REJECTED),
		"rows_failed": states.count(FAILED),
		"rows_unchanged": states.count(NOTHING),
		"rows_warned": sum(bool(row.warnings or row.problem) for row in rows if row.status in OPEN),
		"modified": clock.now(),
	}
	frappe.db.set_value(CHANGE, change, values, update_modified=False)
	return status


def _new(message, parsed: MasterFile):
	doc = frappe.new_doc(CHANGE)
	doc.update(
		{
			"lis_message": message.name,
			"connection": message.connection,
			"message_type": message.message_type,
			"title": _title(message.message_type),
			"received_at": message.received_at or clock.now(),
			"status": WAITING,
			"replaces": int(parsed.replaces),
			"remarks": _missing(parsed, message.connection) if parsed.replaces else None,
		}
	)
	return doc


def _title(message_type: str) -> str:
	words = {
		CHARGES: _("Prices"),
		of_tests.NUMERIC: _("Numeric tests"),
		of_tests.CATEGORICAL: _("Tests with answers in words"),
		of_tests.BATTERY: _("Batteries of tests"),
	}
	return words[message_type.partition("^")[2]]


def _of_record(record, event: str, ours: Ours, alert_percent: Decimal) -> list[Proposal]:
	if record.action not in master.ACTIONS:
		text = _("{0} (MFE-1) is no event of a record").format(record.action or "—")
		kind = PRICE if event == CHARGES else SERVICE
		return [Proposal(record.code, record.name, kind, UNCLEAR, problem=text)]
	if event == CHARGES:
		return of_charges.proposals(record, ours, clock.now().date(), alert_percent)
	return of_tests.proposals(record, event, ours)


def _is_strange(each: Proposal) -> bool:
	"""Tell whether a price names a code that means no service here."""
	return each.kind == UNCLEAR and each.record_type == PRICE and bool(each.code) and not each.target


def _alert_percent(connection: str | None) -> Decimal:
	said = connection and frappe.get_cached_value("LIS Connection", connection, "price_alert_percent")
	return Decimal(str(ALERT_PERCENT if said is None else said or 0))


def _refuse_twice(proposals: list[Proposal]) -> None:
	"""Point out records that say different things about the same field: which is meant, nobody can tell."""
	seen: dict[str, Proposal] = {}
	for each in proposals:
		if each.kind in (UNCHANGED, UNCLEAR):
			continue
		other = seen.setdefault(each.key, each)
		if other is not each and not each.problem:
			text = _("The message names it twice: decide about one and reject the other")
			for one in (other, each):
				one.warnings += [] if text in one.warnings else [text]


def _row(change, position: int, each: Proposal) -> dict:
	values = {
		"doctype": ROW,
		"change": change.name,
		"position": position,
		"entry": each.entry,
		"lis_code": each.code[:_LENGTH],
		"title": (each.title or each.code)[:_LENGTH],
		"record_type": each.record_type,
		"target": each.target,
		"kind": each.kind,
		"field": each.fieldname if each.record_type != PRICE else "",
		"valid_from": each.valid_from,
		"branch": each.branch,
		"funding": each.funding,
		"warnings": "\n".join(dict.fromkeys(each.warnings)),
		"problem": each.problem,
		"status": NOTHING if each.kind == UNCHANGED else WAITING,
		"base": json.dumps(each.base, ensure_ascii=False),
		"value": json.dumps(each.value, ensure_ascii=False),
		"row_key": each.key,
	}
	return values | _in_words(each)


def _in_words(each: Proposal) -> dict[str, str]:
	if each.record_type == PRICE:
		return {"old_value": show_price(each.base), "new_value": show_price(each.value)}
	if each.kind == NEW:
		return {"old_value": "", "new_value": show_document(each.record_type, each.value)}
	return {"old_value": show(each.fieldname, each.base), "new_value": show(each.fieldname, each.value)}


def _missing(parsed: MasterFile, connection: str | None) -> str | None:
	"""Return what a complete list leaves out of what we know by this connection's codes."""
	said = {code for record in parsed.records for code in (record.key.code, record.key.alt_code) if code}
	filters = {"connection": connection or ("is", "not set")}
	mapped = frappe.get_all("LIS Code Map", filters=filters, pluck="lis_code", order_by="lis_code")
	missing = [code for code in mapped if code not in said]
	if not missing:
		return None
	named = ", ".join(missing[:MOST_MISSING]) + (" …" if len(missing) > MOST_MISSING else "")
	return _("The message stands for the complete list of the LIS and leaves out: {0}").format(named)
