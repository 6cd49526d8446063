"""What a test or a battery of the LIS (OM1–OM5) would change in our analytes and services."""

from collections.abc import Mapping
from decimal import ROUND_CEILING, Decimal
from typing import Any

from frappe import _

from lab_crm.catalogue import codes, references
from lab_crm.laboratory import observations as obs
from lab_crm.lis.hl7.master import ADD, REACTIVATE, RangeRow, Record, Test
from lab_crm.lis.hl7.master import WITHDRAWN as TAKEN_AWAY
from lab_crm.lis.master_files.ours import Ours, codes_of
from lab_crm.lis.master_files.proposal import (
	ACTIVE,
	ANALYTE,
	ANALYTES,
	CHANGED,
	ITEMS,
	NAMES,
	NEW,
	RANGES,
	RESTORED,
	SERVICE,
	UNCHANGED,
	UNCLEAR,
	WITHDRAWN,
	Proposal,
	plain,
)

NUMERIC, CATEGORICAL, BATTERY = "M08", "M09", "M10"
LOINC_SYSTEMS, FSLI_SYSTEMS = ("LN", "LOINC", "2.16.840.1.113883.6.1"), ("FSLI", "1.2.643.5.1.13.13.11.1080")
_SEXES = {"M": "Male", "F": "Female", "": references.ANY_SEX}
_DAYS_A_YEAR = Decimal("365.25")


def proposals(record: Record, event: str, ours: Ours) -> list[Proposal]:
	"""Return what one record would change; one Unchanged proposal when it says what we have.

	Args:
		record: with or without its OM1.
		event: M08, M09 or M10.
		ours: what the catalogue has.
	"""
	own = codes_of(record)
	if not own:
		return [Proposal("", record.name, SERVICE, UNCLEAR, problem=_("The record has no code"))]
	if rivals := ours.rivals(*own):
		text = _("The code fits several services: {0}. Map it in the map of codes").format(", ".join(rivals))
		return [Proposal(record.code, record.name, SERVICE, UNCLEAR, problem=text)]
	is_battery = event == BATTERY
	targets = (
		{SERVICE: ours.service(*own)}
		if is_battery
		else {ANALYTE: ours.analyte(*own), SERVICE: ours.service(*own)}
	)
	if record.action in TAKEN_AWAY:
		found = [withdrawal(record, doctype, name, ours) for doctype, name in targets.items() if name]
		return list(filter(None, found)) or [_unchanged(record, targets)]
	test = record.test or Test()
	found: list[Proposal] = []
	for doctype, target in targets.items():
		wanted, notes = _wanted(doctype, record, event, ours, target)
		if target:
			found += _changes(record, doctype, target, wanted, notes, ours)
		elif doctype == ANALYTE or is_battery or test.orderable:
			found.append(_new(record, doctype, wanted, notes))
	return found or [_unchanged(record, targets)]


def withdrawal(record: Record, doctype: str, target: str, ours: Ours) -> Proposal | None:
	"""Return the proposal to offer something no more, None when it is so already."""
	if not ours.doc(doctype, target).is_active:
		return None
	found = Proposal(
		record.code, _title(record, doctype, target, ours), doctype, WITHDRAWN, target, ACTIVE, 1, 0
	)
	if doctype == SERVICE:
		if ahead := ours.bookings_ahead(target):
			found.warnings.append(_("Bookings to come with this service: {0}").format(ahead))
		if panels := ours.panels_with(target):
			found.warnings.append(_("It stays in panels: {0}").format(", ".join(sorted(panels))))
	return found


def restoration(record: Record, doctype: str, target: str, ours: Ours) -> list[Proposal]:
	"""Return the proposal to offer something again, when the record asks for it."""
	if record.action not in (ADD, REACTIVATE) or ours.doc(doctype, target).is_active:
		return []
	return [
		Proposal(record.code, _title(record, doctype, target, ours), doctype, RESTORED, target, ACTIVE, 0, 1)
	]


def _changes(
	record: Record, doctype: str, target: str, wanted: dict, notes: dict, ours: Ours
) -> list[Proposal]:
	"""Return a proposal for each field that the record wants otherwise."""
	doc = ours.doc(doctype, target)
	found = restoration(record, doctype, target, ours)
	for fieldname, value in wanted.items():
		base = plain(doc, fieldname)
		warnings, problem = notes.get(fieldname, ([], ""))
		if problem or not _same(fieldname, base, value):
			title = _title(record, doctype, target, ours)
			found.append(
				Proposal(
					record.code, title, doctype, CHANGED, target, fieldname, base, value, [*warnings], problem
				)
			)
	return found


def _new(record: Record, doctype: str, wanted: dict, notes: dict) -> Proposal:
	values = {"code": record.code, NAMES[doctype]: record.name or record.code, **wanted}
	warnings = [each for told, _problem in notes.values() for each in told]
	problem = next((problem for _told, problem in notes.values() if problem), "")
	if doctype == SERVICE:
		values |= {"lis_code": record.code, "is_bookable_online": 0}
		warnings.append(_("It is not open for online booking: give it a price and preparation first"))
	return Proposal(record.code, record.name, doctype, NEW, value=values, warnings=warnings, problem=problem)


def _wanted(doctype: str, record: Record, event: str, ours: Ours, target: str | None) -> tuple[dict, dict]:
	"""Return what the record says of our fields, and (warnings, problem) by field."""
	test = record.test
	wanted: dict[str, Any] = {NAMES[doctype]: record.name} if record.name else {}
	notes: dict[str, tuple[list[str], str]] = {}
	if test is None:
		return wanted, notes
	wanted |= _classified(test, doctype)
	doc = ours.doc(doctype, target) if target else None
	if doctype == SERVICE:
		_service_fields(test, ours, wanted, notes)
		if event == BATTERY:
			_contents(test, doc, ours, wanted, notes)
		elif doc is None:
			_single(record, ours, wanted, notes)
		return wanted, notes
	if test.short_name:
		wanted["short_name"] = test.short_name
	(_numeric if event == NUMERIC else _categorical)(test, doc, ours, wanted, notes)
	return wanted, notes


def _classified(test: Test, doctype: str) -> dict[str, str]:
	"""Return LOINC and FSLI as the record gives them, when they are well formed."""
	found = {}
	for each in (test.code, *test.others):
		for code, system in ((each.code, each.system), (each.alt_code, each.alt_system)):
			if system.upper() in LOINC_SYSTEMS and codes.is_loinc(code):
				found.setdefault("loinc", code)
			if system.upper() in FSLI_SYSTEMS and codes.is_fsli(code):
				found.setdefault("fsli_code", code)
	return found


def _service_fields(test: Test, ours: Ours, wanted: dict, notes: dict) -> None:
	if test.turnaround_minutes:
		wanted["turnaround_hours"] = int((test.turnaround_minutes / 60).to_integral_value(ROUND_CEILING))
	if test.preparation:
		wanted["preparation"] = test.preparation
	if test.specimen:
		wanted["sample_type"] = ours.sample_type(test.specimen) or ""
		if not wanted["sample_type"]:
			text = _("Biomaterial {0} is not known here").format(test.specimen.words)
			notes["sample_type"] = ([], text)


def _single(record: Record, ours: Ours, wanted: dict, notes: dict) -> None:
	"""A new service of one test has the analyte of the same record."""
	wanted["kind"] = "Test"
	wanted[ANALYTES] = [ours.analyte(*codes_of(record)) or record.code]


def _contents(test: Test, doc, ours: Ours, wanted: dict, notes: dict) -> None:
	"""What a battery holds: analytes of a test, or services of a panel, as ours is or the codes say."""
	if not test.contents:
		return
	named = [[text for text in (each.code, each.alt_code) if text] for each in test.contents]
	by_kind = {
		ANALYTES: [ours.analyte(*each) for each in named],
		ITEMS: [ours.service(*each) for each in named],
	}
	if doc is not None:
		table = ITEMS if doc.kind == "Panel" else ANALYTES
	else:
		table = ANALYTES if None not in by_kind[ANALYTES] else ITEMS
		wanted["kind"] = "Panel" if table == ITEMS and None not in by_kind[ITEMS] else "Test"
	missing = [each.words for each, name in zip(test.contents, by_kind[table], strict=True) if name is None]
	wanted[table] = list(dict.fromkeys(filter(None, by_kind[table])))
	if missing:
		text = _("Not known here: {0}. Map the codes or apply the tests first, then compare again")
		notes[table] = ([], text.format(", ".join(missing)))


def _numeric(test: Test, doc, ours: Ours, wanted: dict, notes: dict) -> None:
	wanted["result_type"] = "Numeric"
	if test.unit:
		_unit(test, doc, ours, wanted, notes)
	if test.decimals is not None:
		wanted["decimals"] = test.decimals
	if test.ranges or test.critical:
		_ranges(test, doc, wanted, notes)


def _unit(test: Test, doc, ours: Ours, wanted: dict, notes: dict) -> None:
	old = (doc.unit if doc else "") or ""
	if old and obs.same_unit(old, test.unit):
		return  # another spelling is no change
	wanted["unit"] = test.unit
	warnings = []
	if not ours.knows_unit(test.unit) and not (test.unit_code and ours.knows_unit(test.unit_code)):
		warnings.append(_("Unit {0} is not known here: check how it is written").format(test.unit))
	if old:
		warnings.append(_("Results stored so far and the reference intervals are in {0}").format(old))
	notes["unit"] = (warnings, "")


def _ranges(test: Test, doc, wanted: dict, notes: dict) -> None:
	"""Rows of the message; our critical limits stay where it names none for the same people."""
	old = {_people(row): row for row in (plain(doc, RANGES) if doc else [])}
	critical = {_people(_row(each)): each for each in test.critical}
	normal = [_row(each) for each in test.ranges]
	people = {_people(row) for row in normal}
	normal += [
		_row(RangeRow("", "", each.sex, each.age_from, each.age_to))
		for key, each in critical.items()
		if key not in people
	]
	rows, warnings = [], []
	for row in normal:
		before = old.get(_people(row))
		if not test.ranges and before:
			row |= {name: before[name] for name in ("low", "high", "text")}
		limits = critical.get(_people(row))
		if limits:
			row |= {"critical_low": limits.low, "critical_high": limits.high}
		elif before:
			row |= {name: before[name] for name in ("critical_low", "critical_high")}
		if (
			before
			and before["text"]
			and all(_number(row[name]) == _number(before[name]) for name in ("low", "high"))
		):
			row["text"] = before["text"]
		rows.append(row)
	kept = {_people(row) for row in rows}
	if any(row["critical_low"] or row["critical_high"] for key, row in old.items() if key not in kept):
		warnings.append(_("Critical limits of ours would be lost: the LIS divides patients otherwise"))
	if problem := next((code for _place, code in references.problems(rows)), ""):
		text = _("The intervals of the LIS contradict each other ({0})").format(problem)
		notes[RANGES] = (warnings, text)
	else:
		notes[RANGES] = (warnings, "")
	wanted[RANGES] = rows


def _categorical(test: Test, doc, ours: Ours, wanted: dict, notes: dict) -> None:
	if test.answers:
		wanted |= {"result_type": "Coded", "coded_values": "\n".join(test.answers)}
	elif doc is None:
		wanted["result_type"] = "Text"
	if test.normal:
		empty = _row(RangeRow())
		wanted[RANGES] = [{**empty, "text": "; ".join(test.normal)}]


def _row(given: RangeRow) -> dict[str, Any]:
	return {
		"sex": _SEXES[given.sex],
		"age_from_days": _days(given.age_from),
		"age_to_days": _days(given.age_to),
		"low": given.low,
		"high": given.high,
		"critical_low": "",
		"critical_high": "",
		"text": "",
	}


def _days(years: Decimal | None) -> int:
	return round(years * _DAYS_A_YEAR) if years else 0


def _people(row: Mapping[str, Any]) -> tuple:
	return row["sex"], row["age_from_days"], row["age_to_days"]


def _same(fieldname: str, ours: Any, theirs: Any) -> bool:
	if fieldname == RANGES:
		return sorted(map(_comparable, ours)) == sorted(map(_comparable, theirs))
	if isinstance(theirs, str):
		return " ".join((ours or "").split()) == " ".join(theirs.split())
	return ours == theirs


def _comparable(row: Mapping[str, Any]) -> tuple:
	return (*map(str, _people(row)), *(str(_number(row[name])) for name in references.LIMITS), row["text"])


def _number(text: str) -> Decimal | None:
	number = references.to_decimal(text)
	return number.normalize() if number is not None else None


def _unchanged(record: Record, targets: Mapping[str, str | None]) -> Proposal:
	doctype = next((doctype for doctype, name in targets.items() if name), SERVICE)
	return Proposal(record.code, record.name, doctype, UNCHANGED, targets[doctype])


def _title(record: Record, doctype: str, target: str, ours: Ours) -> str:
	return ours.doc(doctype, target).get(NAMES[doctype]) or record.name
