"""HL7 data types as plain Python values: times, numbers, identifiers, names, codes. Tolerant; nothing here
raises on bad data.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

from lab_crm.lis.hl7.reader import Segment

_TIME = re.compile(
	r"(\d{4})(?:(\d{2})(?:(\d{2})(?:(\d{2})(?:(\d{2})(?:(\d{2})(?:\.(\d{1,6})\d*)?)?)?)?)?)?(?:([+-])(\d{2}):?(\d{2}))?$"
)
_NUMBER = re.compile(r"(<=|>=|<|>|=|≤|≥)?\s*([+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d{1,3})?)$")
_COMPARATORS = {"≤": "<=", "≥": ">=", "=": "", None: ""}


@dataclass(frozen=True, slots=True)
class Identifier:
	"""CX: a number and who gave it (`authority`: namespace or OID), `kind`: PI, MR, NI…"""

	value: str
	authority: str = ""
	kind: str = ""


@dataclass(frozen=True, slots=True)
class Code:
	"""CE/CWE: a code, its words and its coding system, with the alternate triple."""

	code: str = ""
	text: str = ""
	system: str = ""
	alt_code: str = ""
	alt_text: str = ""
	alt_system: str = ""

	@property
	def words(self) -> str:
		"""What a person reads."""
		return self.text or self.alt_text or self.code or self.alt_code

	def __bool__(self) -> bool:
		return bool(self.code or self.text or self.alt_code or self.alt_text)


@dataclass(frozen=True, slots=True)
class Number:
	"""A measured number; `comparator` is one of "", "<", ">", "<=", ">="."""

	value: Decimal
	comparator: str = ""


def moment(text: str) -> datetime | None:
	"""Return an HL7 time (TS/DTM/DT), aware when it carries an offset, or None when it is no time."""
	match = _TIME.match(text.strip())
	if not match:
		return None
	year, month, day, hour, minute, second, fraction, sign, offset_hours, offset_minutes = match.groups()
	try:
		zone = None
		if sign:
			offset = timedelta(hours=int(offset_hours), minutes=int(offset_minutes))
			zone = timezone(offset if sign == "+" else -offset)
		clock = [int(part or 0) for part in (hour, minute, second, (fraction or "").ljust(6, "0"))]
		return datetime(int(year), int(month or 1), int(day or 1), *clock, tzinfo=zone)
	except ValueError:
		return None


def day(text: str) -> date | None:
	"""Return the day of an HL7 time, or None when the text does not name one."""
	found = moment(text) if len(text.strip()) >= 8 else None
	return found.date() if found else None


def number(text: str) -> Number | None:
	"""Return a number such as `5.4`, `5,4`, `<0.1` or `≥ 100`, or None."""
	match = _NUMBER.match(text.strip())
	if not match:
		return None
	comparator, digits = match.groups()
	return Number(Decimal(digits.replace(",", ".")), _COMPARATORS.get(comparator, comparator))


def code(segment: Segment, field: int, repetition: int = 1) -> Code:
	"""Return one repetition of a CE/CWE field."""
	repetitions = segment.repetitions(field)
	if repetition > len(repetitions):
		return Code()
	return Code(*(segment.components(repetitions[repetition - 1]) + [""] * 6)[:6])


def identifiers(segment: Segment, field: int) -> list[Identifier]:
	"""Return the CX identifiers of a field."""
	found = []
	for index in range(1, len(segment.repetitions(field)) + 1):
		value = segment.text(field, 1, repetition=index)
		if value:
			namespace, universal = (segment.text(field, 4, part, index) for part in (1, 2))
			found.append(Identifier(value, namespace or universal, segment.text(field, 5, repetition=index)))
	return found


def person(segment: Segment, field: int) -> tuple[str, str, str]:
	"""Return last, first and middle name of an XPN field."""
	return segment.text(field, 1), segment.text(field, 2), segment.text(field, 3)
