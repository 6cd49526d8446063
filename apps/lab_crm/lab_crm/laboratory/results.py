"""Results of the laboratory: a report becomes a Lab Result, once; a correction supersedes, never changes.

Called by the `lis` floor for every report matched to an order, and for results typed in by hand.
"""

from dataclasses import dataclass
from datetime import datetime

import frappe
from frappe import _
from pypdf.errors import PyPdfError

from lab_crm.laboratory import critical, delta, progress
from lab_crm.laboratory import observations as obs
from lab_crm.laboratory.observations import Observation
from lab_crm.laboratory.result_rows import Resolver, build_rows, copied, keys_of, ordered, resolve_codes
from lab_crm.utils.errors import Refusal

UNSTORED = ("critical", "change")  # what rows say to the alerts alone

__all__ = ("Attachment", "Observation", "resolve_codes", "store_result")


@dataclass(frozen=True)
class Attachment:
	"""A document that came with a report (OBX-2 ED): its file name and bytes."""

	file_name: str
	content: bytes


def store_result(
	order: str,
	observations: list[Observation],
	status: str,
	reported_at: datetime,
	lis_message: str | None = None,
	document: Attachment | None = None,
	resolve: Resolver = resolve_codes,
	signed_by: str = "",
	part: str = "",
) -> str:
	"""Store one report of the laboratory about one order, in the caller's transaction.

	It supersedes the current results that hold the same analytes; their other values are carried over.
	A preliminary report after the final one, or an older after a newer, is history and changes nothing.

	Args:
		order: name of the Lab Order.
		observations: the values; unknown codes are kept under the sender's name (`has_unmapped`).
		status: Preliminary, Final, Corrected or Cancelled.
		reported_at: time of the report, naive, site zone.
		lis_message: name of the LIS Message; the same message never makes a second result of the same order.
		document: file to keep with the result.
		resolve: how codes become analytes (the LIS Code Map goes before `resolve_codes`).
		signed_by: who answers for the result in the laboratory (OBR-32).
		part: which of the results of one order this message makes.

	Returns:
		The name of the Lab Result: the existing one when this message was stored before.

	Raises:
		Refusal: `BAD_STATUS`, `EMPTY_RESULT`.
	"""
	_check(observations, status, document)
	source_key = f"{lis_message}/{order}{part}" if lis_message else None
	report = _Report(observations, status, reported_at, lis_message, source_key, signed_by)
	return _store_once(order, report, resolve, document)


def _store_once(order: str, report: "_Report", resolve: Resolver, document: Attachment | None) -> str:
	same = {"source_key": report.source_key}
	if report.source_key and (existing := frappe.db.get_value("Lab Result", same)):
		return existing
	try:
		return _store(order, report, resolve, document).name
	except (frappe.UniqueValidationError, frappe.DuplicateEntryError):
		# Another worker stored the same message between our look and our insert.
		return frappe.db.get_value("Lab Result", same, for_update=True)


def remap(result: str, resolve: Resolver = resolve_codes, services: dict[str, str] | None = None) -> str:
	"""Read the codes of a result anew, after the catalogue or the code map learned them.

	Args:
		result: name of the Lab Result.
		resolve: how codes become analytes.
		services: code of a value → the service it belongs to, for values of none.

	Returns:
		The result that supersedes it, or `result` itself when nothing is new or it is superseded already.
	"""
	old = frappe.get_doc("Lab Result", result)
	unknown = [row.code for row in old.items if not row.analyte]
	homeless = [row.code for row in old.items if not row.service and row.code in (services or {})]
	if old.superseded_by or old.withdrawn or not (homeless or resolve(unknown)):
		return result
	values = [
		Observation(
			code=row.code or row.analyte or "",
			name=row.analyte_name,
			value=row.value or "",
			unit=row.unit or "",
			reference_text=row.reference_text or "",
			flag=row.flag,
			observed_at=row.observed_at,
			status=row.status,
			notes=row.note or "",
			service=row.service or (services or {}).get(row.code or "", ""),
			laboratory=row.laboratory or "",
		)
		for row in old.items
	]
	report = _Report(
		values, old.status, old.reported_at, old.lis_message, None, old.signed_by, frozenset(_told(old.items))
	)
	return _store(old.order, report, resolve).name


def _told(items: list) -> set[str]:
	"""Return the codes of values that somebody was told of, if they were worth it: those we understood, and
	those the laboratory marked itself."""
	return {row.code or row.analyte for row in items if row.analyte or row.flag in obs.CRITICAL}


@dataclass(frozen=True)
class _Report:
	"""A report as it came; `told` are codes that an earlier reading of it has told of, None: it is the
	first."""

	observations: list[Observation]
	status: str
	reported_at: datetime
	lis_message: str | None
	source_key: str | None
	signed_by: str | None
	told: frozenset[str] | None = None


@dataclass(frozen=True)
class _Place:
	"""Where a report stands among the results of its order: what it replaces, what replaced it already."""

	replaced: list
	carried: list[dict]
	superseded_by: str | None = None


def _store(order: str, report: _Report, resolve: Resolver, document: Attachment | None = None):
	# Two reports about one order wait for each other here, so that each sees what the other stored.
	order_doc = frappe.get_doc("Lab Order", order, for_update=True)
	patient = frappe.db.get_value(
		"Patient", order_doc.patient, ["full_name", "sex", "birth_date"], as_dict=True
	)
	wanted = ordered(order_doc)
	analytes = _analytes(report.observations, resolve, wanted.analytes)
	rows = build_rows(report.observations, wanted, analytes, patient, report.status, report.reported_at)
	delta.mark(rows, order_doc.patient, order, report.reported_at)
	current = progress.current_results(order)
	place = _place(rows, current, report)
	result = _insert(order_doc, patient, report, rows, place)
	if document:
		attach(result.name, document)
	_supersede(place.replaced, result.name)
	if not place.superseded_by:
		critical.raise_alerts(order_doc, result, rows, report.told or ())
		whole = wanted.reported_whole(report.observations, analytes)
		others = [each for each in current if each not in place.replaced]
		progress.update_order(order_doc, wanted, result, whole, others, again=report.told is not None)
	return result


def _check(observations: list[Observation], status: str, document: Attachment | None) -> None:
	if status not in (obs.PRELIMINARY, *obs.SETTLED):
		raise Refusal("BAD_STATUS", _("{0} is no status of a result").format(status), "status")
	if not observations and not document and status != obs.CANCELLED:
		raise Refusal("EMPTY_RESULT", _("The report has neither values nor a document"), "items")


def _analytes(
	observations: list[Observation], resolve: Resolver, ordered_analytes: set[str]
) -> dict[str, str]:
	codes = {code for each in observations for code in (each.code, each.alternate_code) if code}
	return resolve(codes, ordered_analytes)


def _place(rows: list[dict], current: list, report: _Report) -> _Place:
	keys = keys_of(rows)
	touched = [each for each in current if not keys or keys & keys_of(each.rows)]
	newer = [each for each in touched if _is_stale(report.status, report.reported_at, each)]
	if newer:
		return _Place([], [], newer[-1].name)
	carried = [copied(row) for each in touched for row in each.rows if rows and not keys & keys_of([row])]
	return _Place(touched, carried)


def _is_stale(status: str, reported_at: datetime, existing) -> bool:
	if status == obs.PRELIMINARY and existing.status in obs.SETTLED:
		return True
	if existing.status == obs.PRELIMINARY and status in obs.SETTLED:
		return False
	if status == obs.CORRECTED and existing.status == obs.FINAL:
		return False
	return reported_at < existing.reported_at


def _insert(order, patient: dict, report: _Report, rows: list[dict], place: _Place):
	every = [*rows, *place.carried]
	doc = frappe.new_doc("Lab Result")
	doc.update(
		{
			"order": order.name,
			"patient": order.patient,
			"patient_name": patient.full_name,
			"branch": order.branch,
			"status": report.status,
			"reported_at": report.reported_at,
			"lis_message": report.lis_message,
			"signed_by": report.signed_by,
			"source_key": report.source_key,
			"supersedes": place.replaced[-1].name if place.replaced else None,
			"superseded_by": place.superseded_by,
			"is_critical": int(any(row.get("critical") or row["flag"] in obs.CRITICAL for row in every)),
			"has_unmapped": int(any(not row["analyte"] for row in every)),
		}
	)
	for row in every:
		doc.append("items", {name: value for name, value in row.items() if name not in UNSTORED})
	# Safe: the report was matched to this order by number; links were read from the database a moment ago.
	doc.insert(ignore_permissions=True, ignore_links=True)
	return doc


def _supersede(replaced: list, name: str) -> None:
	"""Point the replaced results at their successor; nothing else of them changes."""
	for each in replaced:
		frappe.db.set_value("Lab Result", each.name, "superseded_by", name)


def attach(result: str, document: Attachment) -> None:
	"""Keep a document with a Lab Result, as a private file.

	A PDF that the framework will not take (damaged, or with a script) is kept as plain data: the values of
	the report must not be lost for its sheet.
	"""
	try:
		_keep(result, document.file_name, document.content)
	except (PyPdfError, frappe.ValidationError) as refusal:
		if isinstance(refusal, frappe.ValidationError):
			frappe.clear_last_message()
		_keep(result, f"{document.file_name}.bin", document.content)


def _keep(result: str, file_name: str, content: bytes) -> None:
	frappe.get_doc(
		{
			"doctype": "File",
			"file_name": file_name,
			"attached_to_doctype": "Lab Result",
			"attached_to_name": result,
			"is_private": 1,
			"content": content,
		}
	).insert(ignore_permissions=True)  # safe: stored with the report it came in, private
