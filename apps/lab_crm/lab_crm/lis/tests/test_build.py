"""Messages we send: valid for hl7apy, and read back by our own reader as they were meant."""

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

import pytest
from hl7apy.consts import VALIDATION_LEVEL
from hl7apy.parser import parse_message
from hypothesis import given, settings
from hypothesis import strategies as st

from lab_crm.lis.hl7 import build
from lab_crm.lis.hl7.build import BuildError, Endpoint, Item, Order, PatientData
from lab_crm.lis.hl7.reader import read

AT = datetime(2026, 11, 21, 9, 30, tzinfo=timezone(timedelta(hours=3)))
ENDS = Endpoint(sending_facility="DEMO", receiving_application="DEMOLIS", receiving_facility="DEMO")
ANNA = PatientData(
	"PAT-TEST0001",
	"Образцова",
	"Анна",
	"Тестовна",
	date(1990, 2, 3),
	"Female",
	"+79160000000",
	"a@example.invalid",
	"112-233-445 95",
)
ORDER = Order(
	"ORD-TEST0001",
	[
		Item(
			"GLU",
			"Глюкоза",
			loinc="2345-7",
			barcode="100000000015",
			specimen_code="108",
			specimen_name="Кровь",
			collected_at=AT,
		),
		Item("TSH", "Тиреотропный гормон", comment="строка раз\nстрока два"),
	],
	visit="VIS-TEST0001",
	branch="Отделение «Центр»",
	ordered_at=AT,
	ordered_by=("Врачева", "Вера", ""),
	urgent=True,
	comment="Натощак",
)
words = st.text(
	alphabet=st.one_of(
		st.sampled_from("|^~\\&HNFSTRE#"), st.characters(exclude_categories=["Cs", "Cc", "Z"])
	),
	min_size=1,
	max_size=30,
)


@pytest.mark.parametrize("message_type, builder", build.BUILDERS.items())
def test_an_order(message_type, builder):
	text = builder(ORDER, ANNA, ENDS, "M-1", AT)
	message = read(text)
	assert message.header.message_type == message_type
	assert (message.header.control_id, message.header.charset) == ("M-1", "UNICODE UTF-8")
	pid = message.first("PID")
	assert pid.repetitions(3) == ["PAT-TEST0001^^^LABCRM^PI", "11223344595^^^SNILS&1.2.643.100.3&ISO^NI"]
	assert [pid.text(5, part) for part in (1, 2, 3)] == ["Образцова", "Анна", "Тестовна"]
	assert (pid.text(7), pid.text(8)) == ("19900203", "F")
	orders, requests = message.all("ORC"), message.all("OBR")
	assert [orc.text(1) for orc in orders] == ["NW", "NW"]
	assert {segment.text(2) for segment in (*orders, *requests)} == {"ORD-TEST0001"}
	assert requests[0].repetitions(4) == ["GLU^Глюкоза^L^2345-7^Глюкоза^LN"]
	assert requests[0].text(18) == "100000000015"
	assert requests[0].text(7) == "20261121093000+0300"
	assert [nte.text(3) for nte in message.all("NTE")] == ["Натощак", "Натощак", "строка раз", "строка два"]


@pytest.mark.parametrize("version", build.VERSIONS)
@pytest.mark.parametrize("message_type, builder", build.BUILDERS.items())
def test_an_order_in_every_version(message_type, builder, version):
	ends = replace(ENDS, version=version)
	if message_type == "OML^O21" and version in build.WITHOUT_OML:
		with pytest.raises(BuildError, match=r"no OML"):
			builder(ORDER, ANNA, ends, "M-1", AT)
		return
	text = builder(ORDER, ANNA, ends, "M-1", AT)
	message = read(text)
	assert (message.header.version, message.header.message_type) == (version, message_type)
	assert message.header.structure == ("" if version == "2.3" else message_type.replace("^", "_"))
	assert [obr.text(4) for obr in message.all("OBR")] == ["GLU", "TSH"]
	assert [orc.text(2) for orc in message.all("ORC")] == ["ORD-TEST0001"] * 2
	assert "100000000015" in text and "+79160000000" in text
	assert parse_message(text, validation_level=VALIDATION_LEVEL.TOLERANT).version == version


@pytest.mark.parametrize("version", build.VERSIONS)
@pytest.mark.parametrize("event", ["A04", "A08"])
def test_a_patient_in_every_version(event, version):
	message = read(build.build_adt(event, ANNA, replace(ENDS, version=version), "M-2", AT))
	assert (message.header.version, message.header.message_type) == (version, f"ADT^{event}")
	assert message.first("PID").text(5) == "Образцова"


def test_the_barcode_stands_in_sac_before_spm_was_known():
	message = read(build.build_oml(ORDER, ANNA, replace(ENDS, version="2.4"), "M-1", AT))
	assert [sac.text(3) for sac in message.all("SAC")] == ["100000000015"]


def test_the_enhanced_mode_is_asked_for():
	ends = replace(ENDS, accept_ack="AL", application_ack="AL")
	header = read(build.build_oml(ORDER, ANNA, ends, "M-1", AT)).header
	assert (header.accept_ack, header.application_ack) == ("AL", "AL")


def test_the_barcode_stands_in_spm_of_oml():
	message = read(build.build_oml(ORDER, ANNA, ENDS, "M-1", AT))
	spm = message.all("SPM")
	assert len(spm) == 1
	assert (spm[0].text(2), spm[0].text(2, 1, 2), spm[0].text(4, 2)) == ("100000000015", "LABCRM", "Кровь")


@pytest.mark.parametrize("action", [build.NEW, build.CANCEL, build.CHANGE])
def test_actions(action):
	message = read(build.build_oml(replace(ORDER, action=action, filler="L-1001"), ANNA, ENDS, "M-1", AT))
	assert [orc.text(1) for orc in message.all("ORC")] == [action, action]
	assert message.first("ORC").text(3) == "L-1001"


@pytest.mark.parametrize("event", ["A04", "A08"])
def test_a_patient(event):
	message = read(build.build_adt(event, ANNA, ENDS, "M-2", AT))
	assert message.header.message_type == f"ADT^{event}"
	assert [segment.name for segment in message] == ["MSH", "EVN", "PID", "PV1"]
	assert message.first("PID").text(13) == "+79160000000"


def test_another_parser_finds_it_valid():
	# Of several orders its parser takes the later ones for prior results.
	text = build.build_oml(replace(ORDER, items=ORDER.items[:1]), ANNA, ENDS, "M-1", AT)
	message = parse_message(text, validation_level=VALIDATION_LEVEL.STRICT, find_groups=True)
	assert message.validate()
	assert len(message.oml_o21_order) == 1


def test_little_is_known_of_the_patient():
	bare = PatientData("PAT-TEST0002", "Примеров", "Пётр")
	pid = read(build.build_adt("A04", bare, Endpoint(), "M-3", AT)).first("PID")
	assert (pid.text(7), pid.text(8), pid.raw(13), len(pid.repetitions(3))) == ("", "U", "", 1)


def test_an_order_without_items_is_no_order():
	with pytest.raises(BuildError):
		build.build_oml(replace(ORDER, items=[]), ANNA, ENDS, "M-1", AT)


def test_an_invalid_message_is_not_sent():
	with pytest.raises(BuildError, match="ORC_1"):
		build.build_oml(replace(ORDER, action=""), ANNA, ENDS, "M-1", AT)
	with pytest.raises(BuildError, match="version"):
		build.build_oml(ORDER, ANNA, replace(ENDS, version="2.9"), "M-1", AT)


@settings(max_examples=60, deadline=None)
@given(words, words, words)
def test_any_text_comes_through(last_name, name, comment):
	order = replace(ORDER, items=[Item("X", name, barcode="1", comment=comment)], comment="")
	message = read(build.build_oml(order, replace(ANNA, last_name=last_name), ENDS, "M-1", AT))
	assert message.first("PID").text(5) == last_name
	assert message.first("OBR").text(4, 2) == name
	assert message.first("NTE").text(3) == comment
