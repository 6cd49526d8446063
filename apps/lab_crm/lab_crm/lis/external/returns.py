"""What comes back from another laboratory: a filled workbook becomes results, all of it or nothing (F26).

By HL7 the results come as any others (`lis.inbox`); both ways the result says who made the examination.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import frappe
from frappe import _

from lab_crm.catalogue import references, units
from lab_crm.laboratory import observations as obs
from lab_crm.laboratory.results import Observation, store_result
from lab_crm.lis.external import workbook
from lab_crm.lis.external.referrals import BACK, DOCTYPE, PARTLY, RETURNED, SENT, WAITING, settle, waiting_for
from lab_crm.lis.external.sending import words
from lab_crm.lis.external.workbook import Line, NotAWorkbook
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal
from lab_crm.utils.rights import require

MOST_PROBLEMS = 50  # that are told one by one
CLOCK_SLACK = timedelta(days=1)  # of a laboratory further east


@dataclass
class _Value:
	"""A right row of the workbook: which item of the referral it is about, and what it says."""

	item: frappe._dict
	observation: Observation
	reported_at: datetime


@frappe.whitelist(methods=["POST"])
def check(referral: str, file_url: str) -> dict:
	"""Tell what a filled workbook would do; nothing is written.

	Args:
		referral: name of the External Referral.
		file_url: of a file that the user has uploaded.

	Returns:
		`values`, `orders`, `empty` (counts) and `problems` (translated lines, each with its row and column).

	Raises:
		frappe.PermissionError: the user may not write this referral, or may not read the file.
		Refusal: `NOT_SENT` (409), `NO_FILE`, `ALREADY_TAKEN` (409), or why the file is no workbook of ours.
	"""
	doc, raw = _opened(referral, file_url)
	values, empty, problems = _plan(doc, raw)
	return {
		"values": len(values),
		"orders": len({value.item.lab_order for value in values}),
		"empty": empty,
		"problems": problems[:MOST_PROBLEMS],
	}


@frappe.whitelist(methods=["POST"])
def take(referral: str, file_url: str) -> list[str]:
	"""Store the results of a filled workbook; return the Lab Results made.

	Args and raises as `check`; Refusal `BAD_WORKBOOK` when any row is wrong: then nothing is written.
	"""
	doc, raw = _opened(referral, file_url)
	values, _empty, problems = _plan(doc, raw)
	if problems:
		raise Refusal("BAD_WORKBOOK", "\n".join(problems[:MOST_PROBLEMS]), "file_url")
	if not values:
		raise Refusal("NO_VALUES", _("No value is filled in yet"), "file_url")
	made = []
	for order in dict.fromkeys(value.item.lab_order for value in values):
		own = [value for value in values if value.item.lab_order == order]
		reported_at = max(value.reported_at for value in own)
		observations = [value.observation for value in own]
		made.append(store_result(order, observations, obs.FINAL, reported_at, signed_by=doc.laboratory))
		note_back(doc.laboratory, order, made[-1])
	doc.reload()
	doc.file_hashes = "\n".join(filter(None, (doc.file_hashes, _digest(raw))))
	settle(doc)
	return made


def laboratory_of(connection: str | None) -> str | None:
	"""Return the external laboratory that a LIS Connection belongs to, if it is one's."""
	return connection and frappe.db.get_value("External Laboratory", {"connection": connection})


def named(observations: list[Observation], laboratory: str | None) -> list[Observation]:
	"""Return observations that say which laboratory made them."""
	return [replace(each, laboratory=laboratory) for each in observations] if laboratory else observations


def note_back(laboratory: str, order: str, result: str) -> None:
	"""Note in the referral which examinations of an order are ready."""
	name = waiting_for(laboratory, order)
	if not name:
		return
	doc = frappe.get_doc(DOCTYPE, name, for_update=True)
	done = frappe.get_all("Lab Order Item", {"parent": order, "status": "Ready"}, pluck="service")
	for row in doc.items:
		if row.lab_order == order and row.state == WAITING and row.service in done:
			row.update({"state": BACK, "result": result})
	settle(doc)


def _opened(referral: str, file_url: str):
	"""Return the referral, locked, and the bytes of the user's file."""
	require(DOCTYPE, "write")
	doc = frappe.get_doc(DOCTYPE, referral, for_update=True)
	doc.check_permission("write")
	if doc.status not in (SENT, PARTLY, RETURNED):
		raise Refusal("NOT_SENT", _("The referral has not been sent yet"), status=409)
	name = frappe.db.get_value("File", {"file_url": file_url or "", "owner": frappe.session.user})
	if not name:
		raise Refusal("NO_FILE", _("Attach an Excel workbook (.xlsx)"), "file_url")
	file = frappe.get_doc("File", name)
	file.check_permission("read")
	with open(file.get_full_path(), "rb") as stream:
		raw = stream.read(workbook.MOST_BYTES + 1)
	if _digest(raw) in (doc.file_hashes or "").split("\n"):
		raise Refusal("ALREADY_TAKEN", _("This very file was taken before"), "file_url", 409)
	return doc, raw


def _digest(raw: bytes) -> str:
	return hashlib.sha256(raw).hexdigest()


def _plan(doc, raw: bytes) -> tuple[list[_Value], int, list[str]]:
	"""Return the right values, how many rows are not filled in, and what is wrong."""
	try:
		lines = workbook.read(raw, words())
	except NotAWorkbook as error:
		raise Refusal(error.reason, _reason(error.reason), "file_url") from error
	items = {(row.lab_order, analyte): row for row in doc.items for analyte in _analytes(row)}
	values, problems, seen, empty = [], [], {}, 0
	for line in lines:
		key = (line.order, line.analyte)
		problem = _problem_of_key(line, items, seen)
		if not problem and not line.value:
			empty += 1
			continue
		if not problem:
			value, problem = _value(line, items[key], doc.laboratory)
			values += [value] if value else []
		if problem:
			column, text = problem
			problems.append(_("Row {0}, column “{1}”: {2}").format(line.number, words()[column], text))
		seen[key] = line.number
	return values, empty, problems


def _analytes(row) -> list[str]:
	"""Return the codes under which an examination's values come back."""
	analytes = [part.analyte for part in frappe.get_cached_doc("Lab Service", row.service).analytes]
	return analytes or [row.service]


def _problem_of_key(line: Line, items: dict, seen: dict) -> tuple[str, str] | None:
	key = (line.order, line.analyte)
	if line.order not in {order for order, _analyte in items}:
		return "order", _("order {0} is not on this referral").format(line.order or "—")
	if key not in items:
		return "analyte", _("{0} was not asked for in this order").format(line.analyte or "—")
	if key in seen:
		return "analyte", _("the same analyte stands in row {0} already").format(seen[key])
	return None


def _value(line: Line, item, laboratory: str) -> tuple[_Value | None, tuple[str, str] | None]:
	"""Return what a filled row says, or what is wrong with it."""
	checks: tuple[Callable, ...] = (_wrong_value, _wrong_unit, _wrong_date)
	known = frappe.get_cached_doc("Analyte", line.analyte) if line.analyte != item.service else None
	problem = next((found for check in checks if (found := check(line, known))), None)
	if problem:
		return None, problem
	at = workbook.as_moment(line, "reported_on") or clock.now()
	observation = Observation(
		code=line.analyte,
		name=item.service_name,
		value=line.value.replace(",", ".") if references.parse_value(line.value) else line.value,
		unit=line.unit,
		reference_text=line.reference,
		observed_at=at,
		notes=line.note,
		service=item.service,
		laboratory=laboratory,
	)
	return _Value(item, observation, at), None


def _wrong_value(line: Line, known) -> tuple[str, str] | None:
	if known and known.result_type == "Numeric" and references.parse_value(line.value) is None:
		return "value", _("“{0}” is no number").format(line.value)
	return None


def _wrong_unit(line: Line, known) -> tuple[str, str] | None:
	if not known or obs.same_unit(line.unit, known.unit or ""):
		return None
	if units.factor(known.name, line.unit, known.unit, obs.same_unit) is None:
		return "unit", _("“{0}” cannot be converted to {1}").format(line.unit, known.unit)
	return None


def _wrong_date(line: Line, _known) -> tuple[str, str] | None:
	try:
		at = workbook.as_moment(line, "reported_on")
	except ValueError:
		return "reported_on", _("“{0}” is no date: write it as 21.11.2026").format(line.reported_on)
	if at and at > clock.now() + CLOCK_SLACK:
		return "reported_on", _("the date is in the future")
	return None


def _reason(code: str) -> str:
	return {
		"TOO_BIG": _("The file is too big: at most {0} MB").format(workbook.MOST_BYTES // 2**20),
		"NOT_XLSX": _("This is no Excel workbook (.xlsx), or it is damaged"),
		"NO_HEADER": _("This is not the workbook that was sent: its columns are missing"),
		"NO_ROWS": _("There are no rows below the header"),
		"TOO_MANY_ROWS": _("The file is too long: at most {0} rows").format(workbook.MOST_ROWS),
	}[code]
