"""Host query of E1394: what an analyser asks (Q), and the message that answers it."""

from dataclasses import dataclass, field
from datetime import date, datetime

from lab_crm.lis.astm.records import Record, build, read

HOST = "LABCRM"
VERSION = "LIS2-A2"
ALL = "ALL"
CANCEL = "A"  # the analyser takes its last question back
NORMAL, NOTHING_KNOWN = "N", "I"  # L-3
_SEX = {"Male": "M", "Female": "F"}


@dataclass(frozen=True, slots=True)
class Query:
	"""One question: tests of specimens. `barcodes` are alternatives a specimen may be meant by, one list a
	specimen; `tests` the codes it asks for, empty for all.
	"""

	barcodes: list[list[str]] = field(default_factory=list)
	tests: frozenset[str] = frozenset()
	cancels: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
	"""What is to be measured in one specimen; `tests` are the analyser's codes. Names are not told: the
	analyser needs none.
	"""

	barcode: str
	tests: list[str]
	patient: str = ""
	birth_date: date | None = None
	sex: str = "Unknown"
	urgent: bool = False
	material: str = ""
	collected_at: datetime | None = None


def queries(text: str) -> list[Query]:
	"""Return what a message asks."""
	return [_query(record) for record in read(text) if record.kind == "Q"]


def answer(found: list[Answer], receiver: str, at: datetime) -> str:
	"""Return the message that answers a query.

	Args:
		found: specimens with something to measure; none: nothing is known of what was asked.
		receiver: the analyser's name for itself (H-5 of its question).
		at: the time now.
	"""
	stamp = at.strftime("%Y%m%d%H%M%S")
	rows = [["H", "", "", HOST, "", "", "", "", receiver, "", "P", VERSION, stamp]]
	for number, each in enumerate(found, 1):
		born = each.birth_date.strftime("%Y%m%d") if each.birth_date else ""
		rows.append(["P", str(number), each.patient, "", "", "", "", born, _SEX.get(each.sex, "U")])
		rows.append(_order(each))
	rows.append(["L", "1", NORMAL if found else NOTHING_KNOWN])
	return build(rows)


def _order(each: Answer) -> list:
	collected = each.collected_at.strftime("%Y%m%d%H%M%S") if each.collected_at else ""
	tests = [["", "", "", code] for code in each.tests]
	return [
		"O", "1", each.barcode, "", tests, "S" if each.urgent else "R", "", collected,
		"", "", "", "N", "", "", "", each.material, *([""] * 9), "Q",
	]  # fmt: skip


def _query(record: Record) -> Query:
	"""Q-3 is `patient^specimen` by the standard; analysers also put the barcode first, or third after rack
	and place.
	"""
	barcodes = []
	for parts in record.repeats(3):
		named = [*parts, "", ""]
		ordered = [named[1], named[0], *named[2:]]
		barcodes.append(list(dict.fromkeys(part for part in ordered if part)))
	tests = {_code(parts) for parts in record.repeats(5)} - {""}
	return Query(
		[each for each in barcodes if each],
		frozenset() if any(test.upper() == ALL for test in tests) else frozenset(tests),
		record.text(13).upper() == CANCEL,
	)


def _code(parts: list[str]) -> str:
	return parts[3] if len(parts) > 3 and parts[3] else next(filter(None, parts), "")
