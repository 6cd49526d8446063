"""Master files and changes of patients of the corpus are read, and answered, as the file beside each says."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab_crm.lis.hl7 import demographics, encoding, header, master
from lab_crm.lis.hl7.reader import read
from lab_crm.lis.tests.corpus import Case, cases
from lab_crm.lis.tests.test_corpus import AT, replies


def text_of(case: Case) -> str:
	return encoding.decode(case.raw, header.declared_charset(header.clean(case.raw)), case.setting).text


@pytest.mark.parametrize("case", cases("mfa"), ids=lambda case: case.name)
def test_what_is_said_of_each_record(case):
	(answer,), _sent = replies(case)
	mfi = answer.first("MFI")
	assert mfi.text(1) == read(text_of(case)).first("MFI").text(1)
	got = [[each.text(1), each.text(2), each.text(4)] for each in answer.all("MFA")]
	assert got == case.expected["mfa"]


@pytest.mark.parametrize("case", cases("records"), ids=lambda case: case.name)
def test_records(case):
	found = master.parse(text_of(case))
	assert found.replaces == case.expected.get("replaces", False)
	assert len(found.records) == len(case.expected["records"])
	for record, expected in zip(found.records, case.expected["records"], strict=True):
		assert {key: of_record(record, key) for key in expected} == expected


def of_record(record: master.Record, key: str):
	readers = {
		"prices": lambda: [[f"{each.amount}", each.currency, str(each.valid_from)] for each in record.prices],
		"ranges": lambda: [[each.low, each.high, each.sex] for each in record.test.ranges],
		"critical": lambda: [[each.low, each.high, each.sex] for each in record.test.critical],
		"specimen": lambda: record.test.specimen.code,
		"contents": lambda: [each.code for each in record.test.contents],
		"problems": lambda: [each.partition(":")[0] for each in record.problems],
		"turnaround_minutes": lambda: f"{record.test.turnaround_minutes}",
	}
	if key in readers:
		return readers[key]()
	return getattr(record if hasattr(record, key) else record.test, key)


@pytest.mark.parametrize("case", cases("updates"), ids=lambda case: case.name)
def test_patients(case):
	found = demographics.parse(text_of(case))
	assert len(found) == len(case.expected["updates"])
	for each, expected in zip(found, case.expected["updates"], strict=True):
		assert {key: of_patient(each, key) for key in expected} == expected


def of_patient(each: demographics.Demographics, key: str):
	if key == "emptied":
		return sorted(each.emptied)
	value = getattr(each if hasattr(each, key) else each.ids, key)
	return value.isoformat() if key == "birth_date" else value


def test_ages_of_an_interval_are_years():
	text = "MSH|^~\\&|L||||1||MFN^M08|1|P|2.5.1\rMFI|OMA\rMFE|MUP|||X\rOM1|1|X\rOM2|1||||| 1&2^F^0.5&18"
	(row,) = master.parse(text).records[0].test.ranges
	assert (row.low, row.high, row.sex, row.age_from, row.age_to) == ("1", "2", "F", Decimal("0.5"), 18)


@given(st.lists(st.text(alphabet="|^~\\&\rMFEOM12345PRCDAX0.5,<>", max_size=60), max_size=8))
def test_any_records_are_read_and_answered(lines):
	text = "MSH|^~\\&|L||||1||MFN^M08|1|P|2.5.1\rMFI|OMA||UPD|||AL\rMFE|MUP|1||X^Y^L\r" + "\r".join(lines)
	found = master.parse(text)
	assert found.records
	assert len(master.answer(text, AT)) == 1 + len(found.records)
