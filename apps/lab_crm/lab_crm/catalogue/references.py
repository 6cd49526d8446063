"""Reference ranges: which one applies to a patient, how a value is marked against it, how it is printed.

Numbers are `Decimal`; a limit that is not set is None (a zero limit is a real limit). Flags are those of HL7
table 0078: "" normal, H / L out of the range, HH / LL critical, A a coded result that is not the normal one.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

ANY_SEX = "Any"
NORMAL, LOW, HIGH, CRITICAL_LOW, CRITICAL_HIGH, ABNORMAL = "", "L", "H", "LL", "HH", "A"
LIMITS = ("low", "high", "critical_low", "critical_high")
NUMERIC, CODED = "Numeric", "Coded"
FAR_AGE = 10**6

_NUMBER = re.compile(r"^(?P<relation>[<>≤≥]=?)?(?P<number>[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$", re.ASCII)
_SPACES = re.compile(r"[\s\u00a0\u2009\u202f]+")


@dataclass(frozen=True)
class Range:
	"""One row of reference ranges; ages in days, `age_to_days` is exclusive and 0 means no upper limit."""

	sex: str = ANY_SEX
	age_from_days: int = 0
	age_to_days: int = 0
	low: Decimal | None = None
	high: Decimal | None = None
	critical_low: Decimal | None = None
	critical_high: Decimal | None = None
	text: str = ""

	@property
	def span(self) -> int:
		"""Days the row covers, to prefer the narrower of two rows."""
		return (self.age_to_days or FAR_AGE) - self.age_from_days

	def covers(self, age_days: int | None) -> bool:
		"""Say whether the row is for this age; an unknown age fits only a row without age limits."""
		if age_days is None:
			return not self.age_from_days and not self.age_to_days
		return self.age_from_days <= age_days < (self.age_to_days or FAR_AGE)


@dataclass(frozen=True)
class Value:
	"""A measured number with the relation it was reported with ("<", ">", "≤", "≥" or "")."""

	number: Decimal
	relation: str = ""


def to_decimal(raw: Any) -> Decimal | None:
	"""Read a number written with a point or a comma.

	Args:
		raw: text, number or None.

	Returns:
		The number; None when `raw` is empty.

	Raises:
		ValueError: `raw` is not a finite number.
	"""
	if raw is None or raw == "":
		return None
	text = _SPACES.sub("", str(raw)).replace(",", ".").replace("−", "-")
	try:
		number = Decimal(text)
	except InvalidOperation:
		raise ValueError(f"not a number: {raw}") from None
	if not number.is_finite():
		raise ValueError(f"not a number: {raw}")
	return number


def as_range(row: Any) -> Range:
	"""Make a `Range` of a mapping or of a Reference Range document."""
	get = row.get if isinstance(row, Mapping) or hasattr(row, "get") else lambda key: getattr(row, key, None)
	limits = {name: to_decimal(get(name)) for name in LIMITS}
	return Range(
		sex=get("sex") or ANY_SEX,
		age_from_days=int(get("age_from_days") or 0),
		age_to_days=int(get("age_to_days") or 0),
		text=(get("text") or "").strip(),
		**limits,
	)


def age_in_days(birth_date: date | None, on_date: date) -> int | None:
	"""Return the age in days on a date; None when the birth date is unknown or later than the date."""
	if not birth_date or birth_date > on_date:
		return None
	return (on_date - birth_date).days


def pick(ranges: Iterable[Any], sex: str | None, age_days: int | None) -> Range | None:
	"""Choose the row for a patient: the patient's sex goes before any sex, then the narrower age.

	Args:
		ranges: rows (`Range`, mappings or documents).
		sex: Male, Female or Unknown; of an unknown sex only rows for any sex are taken.
		age_days: age in days, None when unknown.

	Returns:
		The row, or None when none fits: nothing is guessed.
	"""
	rows = [row if isinstance(row, Range) else as_range(row) for row in ranges]
	fitting = [row for row in rows if row.sex in (ANY_SEX, sex) and row.covers(age_days)]
	return min(fitting, key=lambda row: (row.sex == ANY_SEX, row.span), default=None)


def parse_value(raw: Any) -> Value | None:
	"""Read a result: "5.4", "5,4", "< 0.1", "≥200", "1.2e3"; None when it is no number ("1:160")."""
	text = _SPACES.sub("", str(raw if raw is not None else "")).replace(",", ".").replace("−", "-").lower()
	match = _NUMBER.match(text)
	if not match:
		return None
	relation = (match["relation"] or "").replace("<=", "≤").replace(">=", "≥")
	if len(relation) > 1:
		return None
	return Value(Decimal(match["number"]), relation)


def flag(value: Any, reference: Any, result_type: str = NUMERIC) -> str:
	"""Mark a result against a range.

	A normal limit belongs to the range; a critical limit is already critical. A value with a relation is
	marked only when every number it may stand for deserves the mark ("< 0.1" against 3.9–6.1 is L, "> 5" is
	not marked).

	Args:
		value: result as received.
		reference: `Range`, mapping or document; None when no range fits.
		result_type: of the analyte; a Coded value that is not among the normal ones of the range's text is A.

	Returns:
		"", H, L, HH, LL or A.
	"""
	if reference is None or value is None or str(value).strip() == "":
		return NORMAL
	row = reference if isinstance(reference, Range) else as_range(reference)
	if result_type == CODED:
		return _flag_coded(str(value), row)
	number = parse_value(value)
	if number is None:
		return NORMAL
	if _below(number, row.critical_low, inclusive=True):
		return CRITICAL_LOW
	if _above(number, row.critical_high, inclusive=True):
		return CRITICAL_HIGH
	if _below(number, row.low):
		return LOW
	if _above(number, row.high):
		return HIGH
	return NORMAL


def _below(value: Value, limit: Decimal | None, inclusive: bool = False) -> bool:
	if limit is None or value.relation in (">", "≥"):
		return False
	return value.number < limit or (value.number == limit and (inclusive or value.relation == "<"))


def _above(value: Value, limit: Decimal | None, inclusive: bool = False) -> bool:
	if limit is None or value.relation in ("<", "≤"):
		return False
	return value.number > limit or (value.number == limit and (inclusive or value.relation == ">"))


def _flag_coded(value: str, row: Range) -> str:
	if not row.text:
		return NORMAL
	expected = {_plain(part) for part in re.split(r"[;\n]", row.text)}
	return NORMAL if _plain(value) in expected else ABNORMAL


def _plain(text: str) -> str:
	return _SPACES.sub(" ", text).strip(" .").lower().replace("ё", "е")


def is_critical(mark: str) -> bool:
	"""Say whether a flag is critical."""
	return mark in (CRITICAL_LOW, CRITICAL_HIGH)


def format_number(number: Decimal, decimals: int | None = None) -> str:
	"""Write a number the Russian way: comma, no exponent, rounded half up when `decimals` is given."""
	if decimals is not None:
		number = number.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
	return format(number, "f").replace(".", ",")


def render(reference: Any) -> str:
	"""Write a range for print: "3,9–6,1", "≤ 5,0", "≥ 60", or its own text. Empty when nothing is set."""
	if reference is None:
		return ""
	row = reference if isinstance(reference, Range) else as_range(reference)
	if row.text:
		return row.text
	if row.low is not None and row.high is not None:
		return f"{format_number(row.low)}–{format_number(row.high)}"
	if row.high is not None:
		return f"≤\u00a0{format_number(row.high)}"
	if row.low is not None:
		return f"≥\u00a0{format_number(row.low)}"
	return ""


def delta_percent(current: Any, previous: Any) -> Decimal | None:
	"""Return the change against the previous result in per cent of it; None when it cannot be counted."""
	now, before = parse_value(current), parse_value(previous)
	if now is None or before is None or now.relation or before.relation or not before.number:
		return None
	return (now.number - before.number) / abs(before.number) * 100


def problems(rows: Iterable[Any]) -> list[tuple[int, str]]:
	"""Find rows that contradict themselves or each other.

	Returns:
		(row number from 1, machine code): NOT_A_NUMBER, LOW_ABOVE_HIGH, CRITICAL_INSIDE, BAD_AGE, OVERLAP.
	"""
	found: list[tuple[int, str]] = []
	good: list[Range] = []
	for number, raw in enumerate(rows, 1):
		try:
			row = as_range(raw)
		except ValueError:
			found.append((number, "NOT_A_NUMBER"))
			continue
		found += [(number, code) for code in _row_problems(row)]
		if any(_overlap(row, other) for other in good):
			found.append((number, "OVERLAP"))
		good.append(row)
	return found


def _row_problems(row: Range) -> list[str]:
	codes = []
	if row.age_from_days < 0 or (row.age_to_days and row.age_to_days <= row.age_from_days):
		codes.append("BAD_AGE")
	if row.low is not None and row.high is not None and row.low > row.high:
		codes.append("LOW_ABOVE_HIGH")
	if _crosses(row.critical_low, row.low) or _crosses(row.high, row.critical_high):
		codes.append("CRITICAL_INSIDE")
	return codes


def _crosses(lower: Decimal | None, upper: Decimal | None) -> bool:
	return lower is not None and upper is not None and lower >= upper


def _overlap(one: Range, other: Range) -> bool:
	if one.sex != other.sex:
		return False
	return one.age_from_days < (other.age_to_days or FAR_AGE) and other.age_from_days < (
		one.age_to_days or FAR_AGE
	)
