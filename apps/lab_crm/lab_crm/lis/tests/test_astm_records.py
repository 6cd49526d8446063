"""Records of E1394 → results, and back: delimiters, escapes, what analysers write in their own way."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab_crm.lis.astm import query, records, results
from lab_crm.lis.astm.query import Answer

HEAD = "H|\\^&|||BC20^Test^1.0|||||LABCRM||P|LIS2-A2|20261121093000\r"


def one(record: str, order: str = "O|1|123456789012||^^^GLU|R", head: str = HEAD):
	"""The only observation of a message with this R record."""
	(group,) = results.parse(f"{head}P|1\r{order}\r{record}\rL|1|N\r").groups
	return group.observations[0]


def test_a_result_message_is_read():
	text = (
		f"{HEAD}P|1|PAT-00000001|||Образцова^Анна^Тестовна||19900203|F\r"
		"C|1|I|о пациенте|G\r"
		"O|1|123456789012^1^3||^^^GLU\\^^^UREA|R||20261121080000||||N||||SER||||||||||F\r"
		"R|1|^^^GLU^Глюкоза|5.4|ммоль/л|3.9^6.1|N||F||||20261121091500|AN-1\r"
		"C|1|I|H^гемолиз|G\r"
		"R|2|^^^UREA|<0.1|ммоль/л|2.5 to 8.3|LL||P\r"
		"L|1|N\r"
	)
	read = results.parse(text)
	(group,) = read.groups
	glucose, urea = group.observations
	assert (read.header.sending_application, read.header.sent_at) == ("BC20", "20261121093000")
	assert group.specimens == ["123456789012"]
	assert (group.patient.birth_date, group.patient.sex) == (date(1990, 2, 3), "F")
	assert (group.patient.last_name, group.patient.notes) == ("Образцова", ["о пациенте"])
	assert (glucose.code.code, glucose.value, glucose.unit, glucose.reference) == (
		"GLU", "5.4", "ммоль/л", "3.9-6.1",
	)  # fmt: skip
	assert (glucose.observed_at, glucose.status, glucose.notes) == (
		datetime(2026, 11, 21, 9, 15), "F", ["H гемолиз"],
	)  # fmt: skip
	assert (urea.value, urea.reference, urea.flags, urea.status) == ("<0.1", "2.5-8.3", ("LL",), "P")
	assert group.observed_at == datetime(2026, 11, 21, 8)
	assert read.problems == []


def test_other_delimiters_are_those_of_the_header():
	text = "H!~%$!!!XN!!!!!!!P\rO!1!123456789012!!%%%WBC~%%%HB\rR!1!%%%WBC!6.1!10*9/L\rL!1\r"
	(group,) = results.parse(text).groups
	assert group.observations[0].code.code == "WBC"


@pytest.mark.parametrize(
	("order", "barcodes"),
	[
		("O|1|123456789012||^^^GLU", ["123456789012"]),
		("O|1|123456789012^0001^5||^^^GLU", ["123456789012"]),
		("O|1||2^1^          123456789012^B|^^^GLU", ["123456789012"]),
		("O|1||123456789012|^^^GLU", ["123456789012"]),
		("O|1|123456789012|999999|^^^GLU", ["123456789012"]),
		("O|1|||^^^GLU", []),
	],
)
def test_the_barcode_is_found_where_analysers_put_it(order, barcodes):
	(group,) = results.parse(f"{HEAD}P|1\r{order}\rR|1|^^^GLU|5\rL|1\r").groups
	assert group.specimens == barcodes


@pytest.mark.parametrize(
	("test_id", "code"),
	[
		("^^^GLU", "GLU"),
		("^^^GLU^1^0", "GLU"),
		("^^^GLU^Glucose", "GLU"),
		("2345-7^Glucose^LN", "2345-7"),
		("GLU", "GLU"),
	],
)
def test_the_code_of_a_test(test_id, code):
	seen = one(f"R|1|{test_id}|5.4").code
	assert (seen.code, seen.text) == (code, "Glucose" if "Glucose" in test_id else "")


def test_loinc_stands_beside_the_manufacturers_code():
	seen = one("R|1|2345-7^Glucose^LN^GLU|5.4")
	assert (seen.code.code, seen.code.alt_code, seen.code.text) == ("GLU", "2345-7", "Glucose")


@pytest.mark.parametrize(
	("status", "ours"),
	[
		("", "F"),
		("F", "F"),
		("V", "F"),
		("P", "P"),
		("C", "C"),
		("X", "X"),
		("W", "P"),
		("I", "I"),
		("?", "P"),
	],
)
def test_the_status_of_a_result(status, ours):
	assert one(f"R|1|^^^GLU|5.4|||||{status}").status == ours


def test_a_qualitative_value_with_its_index():
	assert one("R|1|^^^HIV|NEG^0.12").value == "NEG 0.12"


def test_a_result_without_an_order_belongs_to_nobody():
	(group,) = results.parse(f"{HEAD}R|1|^^^GLU|5.4\rL|1\r").groups
	assert group.specimens == []


def test_results_of_the_next_patient_are_not_mixed_with_the_first_ones():
	text = f"{HEAD}P|1\rO|1|111111111111\rR|1|^^^GLU|1\rP|2\rR|1|^^^GLU|2\rL|1\r"
	first, second = results.parse(text).groups
	assert (first.specimens, [seen.value for seen in first.observations]) == (["111111111111"], ["1"])
	assert (second.specimens, [seen.value for seen in second.observations]) == ([], ["2"])


@pytest.mark.parametrize(
	"text",
	[
		f"{HEAD}P|1\rO|1|QC1||^^^GLU|R||||||Q\rR|1|^^^GLU|5\rL|1\r",
		f"{HEAD.replace('||P|', '||Q|')}P|1\rO|1|QC1||^^^GLU\rR|1|^^^GLU|5\rL|1\r",
	],
	ids=["action code", "processing ID"],
)
def test_control_material_is_nobodys_result(text):
	assert results.parse(text).groups == []
	assert results.is_control(text)


def test_patients_among_control_material_are_kept():
	text = f"{HEAD}P|1\rO|1|QC1||^^^GLU|R||||||Q\rR|1|^^^GLU|5\rO|2|123456789012\rR|1|^^^GLU|6\rL|1\r"
	assert [group.specimens for group in results.parse(text).groups] == [["123456789012"]]
	assert not results.is_control(text)


@given(st.text())
def test_no_text_breaks_the_parser(text):
	results.parse(text)
	results.is_control(HEAD + text)
	query.queries(HEAD + text)
	records.split(text)


plain = st.text(st.characters(min_codepoint=33, max_codepoint=0x450, exclude_categories=["Zs", "Cc", "Cf"]))


@given(plain)
def test_escaping_and_back(text):
	assert records.unescape(records.escape(text)) == text


@given(st.lists(plain, min_size=1, max_size=4))
def test_a_built_record_is_read_back(parts):
	text = records.build([["H", "", "", "LABCRM"], ["O", "1", parts], ["L", "1", "N"]])
	read = records.read(text)[1].components(3)
	assert [*read, "", "", "", ""][: len(parts)] == parts


def test_escapes_in_hexadecimal_and_unknown_ones():
	assert records.unescape("a&X41&b&S&c&Q&d&") == "aAb^c&Q&d&"


def test_messages_one_after_the_other_are_told_apart():
	text = f"{HEAD}P|1\r\nL|1\r\n{HEAD}L|1\r"
	assert [each.count("\r") for each in records.split(text)] == [3, 2]
	assert records.split("nonsense\r" + HEAD)[0] == "nonsense\r"


# host query


@pytest.mark.parametrize(
	("field", "barcodes"),
	[
		("^123456789012", [["123456789012"]]),
		("123456789012", [["123456789012"]]),
		("PAT-1^123456789012", [["123456789012", "PAT-1"]]),
		("2^1^    123456789012^B", [["1", "2", "123456789012", "B"]]),
		("^111111111111\\^222222222222", [["111111111111"], ["222222222222"]]),
		("", []),
	],
)
def test_the_barcode_of_a_question(field, barcodes):
	(asked,) = query.queries(f"{HEAD}Q|1|{field}||^^^ALL||||||||O\rL|1\r")
	assert (asked.barcodes, asked.tests, asked.cancels) == (barcodes, frozenset(), False)


def test_a_question_for_some_tests_and_one_taken_back():
	text = f"{HEAD}Q|1|^1||^^^GLU\\^^^UREA||||||||O\rQ|2|^2||ALL||||||||A\rL|1\r"
	some, taken_back = query.queries(text)
	assert some.tests == {"GLU", "UREA"}
	assert taken_back.cancels


def test_the_answer_to_a_question():
	told = Answer(
		"123456789012", ["GLU", "UREA"], "PAT-00000001", date(1990, 2, 3), "Female", True, "108",
		datetime(2026, 11, 21, 8),
	)  # fmt: skip
	text = query.answer([told], "BC20", datetime(2026, 11, 21, 9, 30))
	assert text.split("\r") == [
		"H|\\^&|||LABCRM|||||BC20||P|LIS2-A2|20261121093000",
		"P|1|PAT-00000001|||||19900203|F",
		"O|1|123456789012||^^^GLU\\^^^UREA|S||20261121080000||||N||||108||||||||||Q",
		"L|1|N",
		"",
	]


def test_nothing_known_is_said_so():
	assert query.answer([], "BC20", datetime(2026, 11, 21)).split("\r")[1] == "L|1|I"
