"""Observations of a laboratory report: what they are, how they are read and marked. Needs no site.

Flags are those the product knows ("", H, L, HH, LL, A); HL7 table 0078 has more, see `FLAGS`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from lab_crm.catalogue import references

PRELIMINARY, FINAL, CORRECTED, CANCELLED = "Preliminary", "Final", "Corrected", "Cancelled"
SETTLED = (FINAL, CORRECTED, CANCELLED)
CRITICAL = (references.CRITICAL_HIGH, references.CRITICAL_LOW)

# HL7 table 0078 → ours. "AA" (very abnormal, for values that are no number) has no mark of its own: it is A,
# and critical.
FLAGS = {"N": "", "H": "H", "L": "L", "HH": "HH", "LL": "LL", ">": "H", "<": "L", "A": "A", "AA": "A"}
VERY_ABNORMAL = "AA"

_RANGE = re.compile(r"^(?P<low>[+-]?\d+(?:\.\d+)?)\s*(?:-|–|—|\.\.\.?|…)\s*(?P<high>[+-]?\d+(?:\.\d+)?)$")
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_LIMIT = re.compile(r"^(?:(?P<up>до|<=?|≤)|(?P<down>от|более|>=?|≥))\s*(?P<number>[+-]?\d+(?:\.\d+)?)$")

# Parts of units as foreign analysers and UCUM write them → as our catalogue does.
_UNIT_PARTS = {
	**{
		f"{latin}mol": f"{ours}моль"
		for latin, ours in (("", ""), ("m", "м"), ("u", "мк"), ("n", "н"), ("p", "п"))
	},
	**{
		f"{latin}g": f"{ours}г" for latin, ours in (("", ""), ("m", "м"), ("u", "мк"), ("n", "н"), ("p", "п"))
	},
	**{
		f"{latin}l": f"{ours}л" for latin, ours in (("", ""), ("m", "м"), ("d", "д"), ("u", "мк"), ("f", "ф"))
	},
	**{f"{latin}iu": f"{ours}ме" for latin, ours in (("", ""), ("k", "к"), ("m", "м"), ("u", "мк"))},
	**{f"{latin}u": f"{ours}ед" for latin, ours in (("", ""), ("k", "к"), ("m", "м"), ("u", "мк"))},
	**{"h": "ч", "hr": "ч", "min": "мин", "s": "с", "sec": "с", "сек": "с", "час": "ч", "mm": "мм"},
}


@dataclass(frozen=True)
class Observation:
	"""One measured value as a LIS or an analyser reported it.

	Attributes:
		code: code of the test in the sender's words (ours, LOINC, FSLI or the LIS's own).
		name: the sender's name of the test, used when the code is unknown to us.
		value: text as received ("5.4", "< 0.1", "обнаружено").
		unit: unit as received; empty means the unit of our catalogue.
		reference_text: reference interval as received; empty means that of our catalogue.
		flag: HL7 0078 abnormal flag; empty or None means that the sender gave none.
		observed_at: time of the measurement, naive, site zone; None means that of the report.
		status: Preliminary, Final, Corrected or Cancelled; empty means that of the report.
		notes: comments of the laboratory.
		service: code of the ordered service (OBR-4); empty when unknown.
		alternate_code: the test's code in another system (OBX-3.4), tried when `code` is unknown.
		laboratory: the external laboratory that made the examination; empty when it is our own.
	"""

	code: str
	name: str = ""
	value: str = ""
	unit: str = ""
	reference_text: str = ""
	flag: str | None = None
	observed_at: datetime | None = None
	status: str = ""
	notes: str = ""
	service: str = ""
	alternate_code: str = ""
	laboratory: str = ""


@dataclass(frozen=True)
class Mark:
	"""How a value stands: its flag, whether somebody must be called, and the interval it was held against."""

	flag: str = ""
	critical: bool = False
	reference_text: str = ""


def mark(
	observation: Observation,
	ranges: Iterable = (),
	catalogue_unit: str = "",
	sex: str | None = None,
	birth_date: date | None = None,
	on_date: date | None = None,
) -> Mark:
	"""Mark a value: the sender's flag first, then the sender's interval, then the catalogue's.

	The catalogue's critical limits hold even when the sender calls the value normal. They are not used when
	the value came in another unit.

	Args:
		observation: the value.
		ranges: rows of reference ranges of the analyte (mappings or documents).
		catalogue_unit: unit in which those ranges are given.
		sex: Male, Female or Unknown.
		birth_date: of the patient; None when unknown.
		on_date: day of the measurement, for the age.
	"""
	ours = None
	if same_unit(observation.unit, catalogue_unit):
		age = references.age_in_days(birth_date, on_date) if on_date else None
		ours = references.pick(ranges, sex, age)
	given = (observation.flag or "").strip().upper()
	found = _flag(observation, given, ours)
	return Mark(
		flag=found,
		critical=found in CRITICAL or given == VERY_ABNORMAL,
		reference_text=observation.reference_text or references.render(ours),
	)


def _flag(observation: Observation, given: str, ours: references.Range | None) -> str:
	"""The flag of a value; `given` is the sender's, `ours` the interval of the catalogue."""
	by_catalogue = references.flag(observation.value, ours)
	if by_catalogue in CRITICAL:
		return by_catalogue
	if given in FLAGS:
		return FLAGS[given]
	theirs = parse_reference(observation.reference_text)
	return references.flag(observation.value, theirs) if theirs else by_catalogue


def numeric(value: str) -> float | None:
	"""Return the number in a value, without its relation; None when it is no number."""
	parsed = references.parse_value(value)
	return float(parsed.number) if parsed else None


def parse_reference(text: str) -> references.Range | None:
	"""Read an interval as laboratories print it: "3.9-6.1", "3,9 – 6,1", "< 5", "≥ 60", "до 10"; None for
	anything else.
	"""
	plain = re.sub(r"[\u00a0\u2009\u202f]", " ", text or "").strip().lower().replace(",", ".")
	if match := _RANGE.match(plain):
		low, high = references.to_decimal(match["low"]), references.to_decimal(match["high"])
		return references.Range(low=low, high=high) if low <= high else None
	if match := _LIMIT.match(plain):
		number = references.to_decimal(match["number"])
		return references.Range(high=number) if match["up"] else references.Range(low=number)
	return None


def same_unit(one: str, other: str) -> bool:
	"""Tell whether two spellings mean one unit ("mmol/L" and "ммоль/л"); an empty one agrees with all."""
	return not one or not other or canonical_unit(one) == canonical_unit(other)


def canonical_unit(unit: str) -> str:
	"""Return the one spelling of a unit's spellings ("ммоль/л" for "mmol/L")."""
	text = re.sub(r"[\s\u00a0.]", "", unit).lower().replace("µ", "u").replace("μ", "u").replace("[iu]", "iu")
	text = re.sub(r"[⁰-⁹¹²³]+", lambda power: f"^{power.group().translate(_SUPERSCRIPTS)}", text)
	text = re.sub(r"[x×х*]?10(?:\^|\*{1,2}|e)(\d+)", r"10^\1", text)
	return "/".join(_UNIT_PARTS.get(part, part) for part in text.split("/"))
