"""What the demo laboratory can measure: its own reading of the catalogue files, and plausible values.

The values are drawn from a generator seeded by order and analyte, so that the same order always gives the
same result.
"""

import csv
import random
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[4] / "fixtures" / "catalogue"
ABNORMAL = 0.15  # share of numeric values outside their interval
_DAYS_A_YEAR = 365.25


@dataclass(frozen=True)
class Interval:
	"""A reference interval for a sex and an age in days; `until` 0 means any age above."""

	sex: str = "Any"
	since: int = 0
	until: int = 0
	low: float | None = None
	high: float | None = None
	critical_low: float | None = None
	critical_high: float | None = None
	text: str = ""


@dataclass(frozen=True)
class Test:
	"""One analyte."""

	code: str
	name: str
	unit: str = ""
	loinc: str = ""
	kind: str = "Numeric"
	decimals: int = 1
	words: tuple[str, ...] = ()
	intervals: tuple[Interval, ...] = ()

	def interval(self, sex: str, birth_date: date | None) -> Interval:
		"""Return the interval for a person (`sex` M, F or U), that of anybody when none fits."""
		age = (date.today() - birth_date).days if birth_date else int(30 * _DAYS_A_YEAR)
		word = {"M": "Male", "F": "Female"}.get(sex, "Any")
		fitting = [
			each
			for each in self.intervals
			if each.sex in ("Any", word) and each.since <= age and (not each.until or age < each.until)
		]
		return fitting[0] if fitting else Interval()


@dataclass(frozen=True)
class Value:
	"""A measured value as it goes into OBX."""

	type: str
	text: str
	flag: str = ""
	reference: str = ""


@dataclass
class Catalogue:
	"""Service code → the analytes measured for it."""

	services: dict[str, list[Test]] = field(default_factory=dict)

	@classmethod
	def read(cls, folder: Path = FOLDER) -> "Catalogue":
		"""Read `services.csv`, `analytes.csv`, `reference_ranges.csv` and `panels.csv` of a folder."""
		intervals: dict[str, list[Interval]] = {}
		for row in _rows(folder / "reference_ranges.csv"):
			intervals.setdefault(row["analyte"], []).append(_interval(row))
		tests = {
			row["code"]: _test(row, intervals.get(row["code"], ())) for row in _rows(folder / "analytes.csv")
		}
		services = {
			row["code"]: [tests[code] for code in row["analytes"].split(";") if code in tests]
			for row in _rows(folder / "services.csv")
		}
		for row in _rows(folder / "panels.csv"):
			services.setdefault(row["panel"], []).extend(services.get(row["service"], ()))
		return cls(services)

	def tests(self, code: str, name: str) -> list[Test]:
		"""Return what is measured for an ordered code; an unknown one is measured as itself."""
		known = self.services.get(code)
		return known or [Test(code, name or code, "ед.", intervals=(Interval(low=1, high=10),))]


def measure(test: Test, seed: str, sex: str, birth_date: date | None, critical: bool = False) -> Value:
	"""Return a plausible value.

	Args:
		test: what is measured.
		seed: the same seed gives the same value.
		sex: M, F or U.
		birth_date: of the person, for the interval; None when unknown.
		critical: make it a panic value, where the analyte has such a limit.
	"""
	dice = random.Random(f"{seed}/{test.code}")
	interval = test.interval(sex, birth_date)
	if test.kind != "Numeric":
		return _words(test, interval, dice)
	if critical and (interval.critical_high or interval.critical_low):
		return _panic(test, interval, dice)
	low, high = _ends(interval)
	span = high - low
	flag = ""
	number = dice.uniform(low + span * 0.1, high - span * 0.1)
	if dice.random() < ABNORMAL:
		flag = "H" if interval.high is not None and (interval.low is None or dice.random() < 0.6) else "L"
		number = _outside(flag, low, high, interval, dice)
	return Value("NM", f"{number:.{test.decimals}f}", flag, _reference(interval, test.decimals))


def has_panic_limit(test: Test, sex: str, birth_date: date | None) -> bool:
	"""Whether a value of the analyte can be a panic value for this person."""
	interval = test.interval(sex, birth_date)
	return bool(interval.critical_high or interval.critical_low)


def _outside(flag: str, low: float, high: float, interval: Interval, dice: random.Random) -> float:
	"""A value beyond the interval but short of the panic limit."""
	if flag == "H":
		limit = interval.critical_high or high * 1.6 or 1
		return high + (limit - high) * dice.uniform(0.2, 0.7)
	limit = interval.critical_low or low * 0.6
	return low - (low - limit) * dice.uniform(0.2, 0.7)


def _panic(test: Test, interval: Interval, dice: random.Random) -> Value:
	if interval.critical_high:
		flag, number = "HH", interval.critical_high * dice.uniform(1.05, 1.25)
	else:
		flag, number = "LL", interval.critical_low * dice.uniform(0.75, 0.95)
	return Value("NM", f"{number:.{test.decimals}f}", flag, _reference(interval, test.decimals))


def _words(test: Test, interval: Interval, dice: random.Random) -> Value:
	"""A word of the analyte's list, nearly always the first: that of health."""
	words = test.words or (interval.text or "без особенностей",)
	index = 0 if dice.random() > 0.03 else len(words) - 1
	return Value("ST", words[index], "A" if index else "", words[0] if test.words else interval.text)


def _ends(interval: Interval) -> tuple[float, float]:
	low, high = interval.low, interval.high
	if low is None and high is None:
		return 1.0, 10.0
	if high is None:
		return low, low * 2 or 1.0
	return (0.0 if low is None else low), high


def _reference(interval: Interval, decimals: int) -> str:
	low, high = (None if end is None else f"{end:.{decimals}f}" for end in (interval.low, interval.high))
	if low is not None and high is not None:
		return f"{low}-{high}"
	if high is not None:
		return f"< {high}"
	return f"> {low}" if low is not None else ""


def _rows(path: Path) -> list[dict[str, str]]:
	with path.open(encoding="utf-8", newline="") as file:
		return list(csv.DictReader(file))


def _number(text: str) -> float | None:
	return float(text) if text else None


def _interval(row: dict[str, str]) -> Interval:
	return Interval(
		row["sex"],
		int(row["age_from_days"] or 0),
		int(row["age_to_days"] or 0),
		_number(row["low"]),
		_number(row["high"]),
		_number(row["critical_low"]),
		_number(row["critical_high"]),
		row["text"],
	)


def _test(row: dict[str, str], intervals) -> Test:
	return Test(
		row["code"],
		row["analyte_name"],
		row["unit"],
		row["loinc"],
		row["result_type"],
		int(row["decimals"] or 0),
		tuple(word for word in row["coded_values"].split("\n") if word),
		tuple(intervals),
	)
