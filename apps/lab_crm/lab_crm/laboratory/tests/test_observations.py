from datetime import date

import pytest

from lab_crm.laboratory.observations import Observation, mark, numeric, parse_reference, same_unit

RANGES = [{"low": "3.9", "high": "6.1", "critical_low": "2.5", "critical_high": "25"}]


def marked(value="5", flag=None, reference="", unit="ммоль/л", ranges=RANGES):
	observation = Observation("GLU", value=value, unit=unit, reference_text=reference, flag=flag)
	return mark(observation, ranges, "ммоль/л", "Female", date(1985, 3, 14), date(2026, 11, 21))


@pytest.mark.parametrize(
	("given", "expected", "critical"),
	[
		({"value": "5.0"}, "", False),
		({"value": "7,2"}, "H", False),
		({"value": "3.1"}, "L", False),
		({"value": "25"}, "HH", True),
		({"value": "1.9"}, "LL", True),
		({"value": "7.2", "flag": "N"}, "", False),
		({"value": "5.0", "flag": "h"}, "H", False),
		({"value": "30", "flag": "N"}, "HH", True),
		({"value": "30", "flag": "H"}, "HH", True),
		({"value": "обнаружено", "flag": "AA"}, "A", True),
		({"value": "7.2", "flag": "?"}, "H", False),
		({"value": "5.8", "reference": "3,5–5,5"}, "H", False),
		({"value": "5.8", "reference": "см. заключение"}, "", False),
		({"value": "126", "unit": "mg/dL"}, "", False),
		({"value": "126", "unit": "mg/dL", "reference": "70-99"}, "H", False),
		({"value": "30", "unit": "mmol/L"}, "HH", True),
		({"value": ""}, "", False),
	],
)
def test_senders_word_first_but_our_critical_limits_always(given, expected, critical):
	result = marked(**given)
	assert (result.flag, result.critical) == (expected, critical)


def test_interval_of_the_catalogue_is_printed_when_the_sender_gives_none():
	assert marked().reference_text == "3,9–6,1"
	assert marked(reference="4.0-5.9").reference_text == "4.0-5.9"


def test_interval_of_the_catalogue_is_not_printed_beside_another_unit():
	assert marked(unit="mg/dL").reference_text == ""


@pytest.mark.parametrize(
	("text", "low", "high"),
	[
		("3.9-6.1", "3.9", "6.1"),
		("3,9 – 6,1", "3.9", "6.1"),
		("0,4 ... 4,0", "0.4", "4.0"),
		("< 5", None, "5"),
		("до 10", None, "10"),
		("≥\u00a060", "60", None),
		("от 1,2", "1.2", None),
	],
)
def test_intervals_as_laboratories_print_them(text, low, high):
	found = parse_reference(text)
	assert (found.low and str(found.low), found.high and str(found.high)) == (low, high)


@pytest.mark.parametrize("text", ["", "отрицательно", "6.1-3.9", "1-2-3", "3.9", "М: 1-2; Ж: 3-4"])
def test_what_is_no_interval_is_not_guessed(text):
	assert parse_reference(text) is None


@pytest.mark.parametrize(
	("one", "other"),
	[
		("mmol/L", "ммоль/л"),
		("10*9/L", "10^9/л"),
		("x10^9/L", "10⁹/л"),
		("10e12/L", "10^12/л"),
		("µmol/L", "мкмоль/л"),
		("mIU/L", "мМЕ/л"),
		("m[IU]/mL", "мМЕ/мл"),
		("U/L", "Ед/л"),
		("mm/h", "мм/ч"),
		("г / л", "г/л"),
		("", "г/л"),
	],
)
def test_two_spellings_of_one_unit(one, other):
	assert same_unit(one, other)


@pytest.mark.parametrize(("one", "other"), [("mg/dL", "ммоль/л"), ("нг/мл", "пг/мл"), ("10^9/л", "10^12/л")])
def test_different_units(one, other):
	assert not same_unit(one, other)


@pytest.mark.parametrize(
	("value", "number"), [("5,4", 5.4), ("< 0.1", 0.1), ("1:160", None), ("не обнаружено", None), ("", None)]
)
def test_number_in_a_value(value, number):
	assert numeric(value) == number
