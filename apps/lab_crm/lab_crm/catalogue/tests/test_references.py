"""Reference ranges: the choice by sex and age, flags, print."""

from datetime import date
from decimal import Decimal

import pytest

from lab_crm.catalogue import references
from lab_crm.catalogue.references import Range, flag, parse_value, pick, render

GLUCOSE = Range(
	low=Decimal("3.9"), high=Decimal("6.1"), critical_low=Decimal("2.8"), critical_high=Decimal(25)
)
YEAR = 365


@pytest.mark.parametrize(
	("value", "expected"),
	[
		("5.0", ""),
		("3,9", ""),
		("6.1", ""),
		("6.11", "H"),
		("3.8", "L"),
		("2.81", "L"),
		("2.8", "LL"),
		("0", "LL"),
		("25", "HH"),
		("1 000", "HH"),
		(" 5,4 ", ""),
		(5.4, ""),
		(Decimal("30"), "HH"),
		("", ""),
		(None, ""),
		("не хватило материала", ""),
	],
)
def test_flag_of_a_number(value, expected):
	assert flag(value, GLUCOSE) == expected


@pytest.mark.parametrize(
	("value", "expected"),
	[
		("<0.1", "LL"),
		("< 3,9", "L"),
		("<4", ""),  # 3.95 would be normal
		("<= 3.8", "L"),
		(">25", "HH"),
		("≥ 25", "HH"),
		("> 6.1", "H"),
		("≥6.1", ""),  # 6.1 itself is normal
		(">5", ""),
	],
)
def test_a_relation_is_flagged_only_when_sure(value, expected):
	assert flag(value, GLUCOSE) == expected


def test_zero_is_a_limit_and_an_empty_limit_is_none():
	assert flag("1", Range(high=Decimal(0))) == "H"
	assert flag("-1", Range(low=Decimal(0))) == "L"
	assert flag("-1", Range()) == ""
	assert flag("1", None) == ""


def test_coded_result_is_abnormal_when_it_differs_from_every_normal_one():
	normal = Range(text="не обнаружено; единичные")
	assert flag("Обнаружено", normal, "Coded") == "A"
	assert flag(" Не  обнаружено.", normal, "Coded") == ""
	assert flag("единичные", normal, "Coded") == ""
	assert flag("обнаружено", Range(), "Coded") == ""
	assert flag("обнаружено", normal, "Text") == ""


def test_only_double_marks_are_critical():
	assert [mark for mark in ("", "L", "H", "A", "LL", "HH") if references.is_critical(mark)] == ["LL", "HH"]


HAEMOGLOBIN = [
	Range(age_to_days=14, low=Decimal(134)),
	Range(age_from_days=14, age_to_days=18 * YEAR, low=Decimal(110)),
	Range(sex="Male", age_from_days=18 * YEAR, low=Decimal(132)),
	Range(sex="Female", age_from_days=18 * YEAR, low=Decimal(117)),
]


@pytest.mark.parametrize(
	("sex", "age", "low"),
	[
		("Male", 0, 134),
		("Female", 13, 134),
		("Male", 14, 110),  # the upper age is exclusive
		("Female", 18 * YEAR - 1, 110),
		("Male", 18 * YEAR, 132),
		("Female", 90 * YEAR, 117),
	],
)
def test_pick_by_sex_and_age(sex, age, low):
	assert pick(HAEMOGLOBIN, sex, age).low == low


def test_pick_guesses_nothing():
	assert pick(HAEMOGLOBIN, "Unknown", 30 * YEAR) is None
	assert pick(HAEMOGLOBIN, "Male", None) is None
	assert pick([GLUCOSE], None, None) is GLUCOSE
	assert pick([], "Male", 1) is None


def test_pick_prefers_own_sex_and_the_narrower_age():
	rows = [
		Range(text="any"),
		Range(sex="Female", text="woman"),
		Range(sex="Female", age_from_days=10, text="older"),
	]
	assert pick(rows, "Female", 20).text == "older"
	assert pick(rows, "Female", 5).text == "woman"
	assert pick(rows, "Male", 5).text == "any"


def test_rows_of_the_database_are_ranges():
	row = references.as_range({"sex": None, "low": "0,5", "high": "", "age_to_days": None, "text": " до 5 "})
	assert row == Range(low=Decimal("0.5"), text="до 5")


@pytest.mark.parametrize(
	("row", "expected"),
	[
		(GLUCOSE, "3,9–6,1"),
		(Range(high=Decimal("5.0")), "≤\u00a05,0"),
		(Range(low=Decimal(60)), "≥\u00a060"),
		(Range(low=Decimal(1), text="Норма — 90 и выше"), "Норма — 90 и выше"),
		(Range(), ""),
		(None, ""),
		({"low": "1E+2", "high": "2e2"}, "100–200"),
	],
)
def test_render(row, expected):
	assert render(row) == expected


@pytest.mark.parametrize(
	"text", ["1:160", "обнаружено", "", "+++", "1-2 в поле зрения", "<", "<>5", "nan", "1e999x", None]
)
def test_what_is_no_number(text):
	assert parse_value(text) is None


def test_number_for_print():
	assert references.format_number(Decimal("5.345"), 2) == "5,35"
	assert references.format_number(Decimal("1E+3")) == "1000"


def test_age_in_days():
	assert references.age_in_days(date(2026, 1, 1), date(2026, 1, 31)) == 30
	assert references.age_in_days(date(2026, 2, 1), date(2026, 1, 31)) is None
	assert references.age_in_days(None, date(2026, 1, 31)) is None


def test_delta_against_the_previous_result():
	assert references.delta_percent("150", "100") == 50
	assert references.delta_percent("50", "100") == -50
	assert references.delta_percent("<50", "100") is None
	assert references.delta_percent("50", "0") is None
	assert references.delta_percent("50", None) is None


@pytest.mark.parametrize(
	("rows", "codes"),
	[
		([{"low": "1", "high": "2", "critical_low": "0.5", "critical_high": "3"}], []),
		([{"low": "x"}], ["NOT_A_NUMBER"]),
		([{"low": "NaN"}], ["NOT_A_NUMBER"]),
		([{"low": "3", "high": "2"}], ["LOW_ABOVE_HIGH"]),
		([{"low": "1", "critical_low": "1"}], ["CRITICAL_INSIDE"]),
		([{"high": "5", "critical_high": "4"}], ["CRITICAL_INSIDE"]),
		([{"age_from_days": 10, "age_to_days": 10}], ["BAD_AGE"]),
		([{"age_to_days": 10}, {"age_from_days": 9}], ["OVERLAP"]),
		([{"age_to_days": 10}, {"age_from_days": 10}], []),
		([{"sex": "Male"}, {"sex": "Female"}, {"sex": "Any"}], []),
	],
)
def test_contradictions_are_found(rows, codes):
	assert [code for _, code in references.problems(rows)] == codes
