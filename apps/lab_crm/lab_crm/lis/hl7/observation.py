"""OBX → a plain value: every value type laboratories send, with what could not be read said in words."""

import base64
import binascii
from dataclasses import dataclass, field
from datetime import datetime

from lab_crm.lis.hl7.datatypes import Code, Number, code, moment, number
from lab_crm.lis.hl7.reader import Segment

CRITICAL_FLAGS = frozenset({"HH", "LL", "AA"})
_TEXTS = {"ST", "TX", "FT", "", "ID", "IS", "DT", "TM", "TS", "DTM", "CX", "EI"}
_CODED = {"CE", "CWE", "CNE", "CF"}
_MIME = {
	"pdf": "application/pdf",
	"jpeg": "image/jpeg",
	"png": "image/png",
	"rtf": "application/rtf",
	"html": "text/html",
}


@dataclass(frozen=True, slots=True)
class Attachment:
	"""A document inside a result (OBX-2 ED) or the address of one (RP)."""

	content_type: str
	data: bytes = b""
	address: str = ""


@dataclass(slots=True)
class Observation:
	"""One measured or described thing.

	`value` is the text to show; `number` is set when it is one number; `flags` are OBX-8's; `status` is
	OBX-11 (F, P, C, X …), F when empty; `reference` OBX-7 as it stands; `notes` the NTE lines under it.
	"""

	code: Code
	value_type: str = ""
	sub_id: str = ""
	value: str = ""
	number: Number | None = None
	coded: tuple[Code, ...] = ()
	is_null: bool = False
	unit: str = ""
	unit_code: str = ""
	reference: str = ""
	flags: tuple[str, ...] = ()
	status: str = "F"
	observed_at: datetime | None = None
	method: str = ""
	attachment: Attachment | None = None
	notes: list[str] = field(default_factory=list)

	@property
	def flag(self) -> str:
		"""The first abnormal flag, empty for normal or none."""
		return next((flag for flag in self.flags if flag != "N"), "")

	@property
	def is_critical(self) -> bool:
		"""Whether the laboratory marks the value as a panic value."""
		return not CRITICAL_FLAGS.isdisjoint(self.flags)


def read_observation(obx: Segment, problems: list[str]) -> Observation:
	"""Return what an OBX says; append to `problems` what could not be read."""
	unit = code(obx, 6)
	seen = Observation(
		code=code(obx, 3),
		value_type=obx.text(2).upper(),
		sub_id=obx.whole(4),
		is_null=obx.is_null(5),
		unit=unit.words,
		unit_code=unit.code,
		reference=obx.whole(7),
		flags=tuple(flag.strip().upper() for flag in obx.repetitions(8) if flag.strip('" ')),
		status=obx.text(11).upper() or "F",
		observed_at=moment(obx.text(14)),
		method=code(obx, 17).words,
	)
	place = f"OBX {obx.text(1)} {seen.code.code}".strip()
	if obx.text(14) and not seen.observed_at:
		problems.append(f"{place}: OBX-14 {obx.text(14)!r} is no time")
	if not seen.code:
		problems.append(f"{place}: OBX-3 (observation identifier) is empty")
	_read_value(obx, seen, place, problems)
	return seen


def _read_value(obx: Segment, seen: Observation, place: str, problems: list[str]) -> None:
	kind = seen.value_type
	if kind == "SN":
		_structured(obx, seen)
	elif kind in _CODED:
		found = tuple(code(obx, 5, index + 1) for index in range(len(obx.repetitions(5))))
		seen.coded = tuple(item for item in found if item)
		seen.value = "; ".join(item.words for item in seen.coded)
	elif kind == "ED":
		_embedded(obx, seen, place, problems)
	elif kind == "RP":
		seen.value = obx.text(5, 1)
		seen.attachment = Attachment(_content_type(obx.text(5, 3), obx.text(5, 4)), address=seen.value)
	elif kind in _TEXTS or kind == "NM":
		seen.value = "\n".join(map(obx.plain, obx.repetitions(5)))
		seen.number = number(seen.value) if kind in ("NM", "ST", "") else None
		if kind == "NM" and seen.value and not seen.number:
			problems.append(f"{place}: OBX-5 {seen.value[:40]!r} is no number")
	else:
		seen.value = "; ".join(" ".join(filter(None, obx.components(part))) for part in obx.repetitions(5))


def _structured(obx: Segment, seen: Observation) -> None:
	"""SN: comparator ^ number ^ separator or suffix ^ number: `<^0.1`, `^1^:^128`, `^2^-^5`, `^3^+`."""
	comparator, first, separator, second = (obx.text(5, part) for part in (1, 2, 3, 4))
	seen.value = "".join((comparator, first, separator, second))
	if not separator and not second:
		seen.number = number(comparator + first)


def _embedded(obx: Segment, seen: Observation, place: str, problems: list[str]) -> None:
	"""ED: source ^ type ^ subtype ^ encoding ^ data."""
	content_type = _content_type(obx.text(5, 2), obx.text(5, 3))
	encoding, text = obx.text(5, 4).lower(), "".join(obx.text(5, 5).split())
	seen.value = content_type
	try:
		if encoding == "base64" or not encoding:
			data = base64.b64decode(text, validate=True)
		elif encoding == "hex":
			data = bytes.fromhex(text)
		else:
			data = obx.text(5, 5).encode()
	except (binascii.Error, ValueError) as error:
		problems.append(f"{place}: the embedded document cannot be read ({error})")
		return
	if data:
		seen.attachment = Attachment(content_type, data)
	else:
		problems.append(f"{place}: the embedded document is empty")


def _content_type(kind: str, subtype: str) -> str:
	known = _MIME.get(subtype.lower()) or _MIME.get(kind.lower())
	return known or "/".join(filter(None, (kind.lower(), subtype.lower()))) or "application/octet-stream"
