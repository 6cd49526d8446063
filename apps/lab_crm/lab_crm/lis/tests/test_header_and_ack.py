"""MSH and acknowledgements: what is read of any message, and the answer it gets."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab_crm.lis.hl7 import accept, ack, header
from lab_crm.lis.hl7.accept import Problem
from lab_crm.lis.hl7.header import Header, NotHL7
from lab_crm.lis.hl7.reader import read

AT = datetime(2026, 11, 21, 9, 31, tzinfo=UTC)


def of(**fields) -> Header:
	values = {"code": "ORU", "event": "R01", "control_id": "1", "version": "2.5.1", **fields}
	return Header(**values)


@pytest.mark.parametrize(
	"accept_ack, application_ack, fine, wrong",
	[
		("", "", "AA", "AE"),
		("AL", "NE", "CA", "CE"),
		("AL", "AL", "CA", "CE"),
		("NE", "AL", "AA", "AE"),
		("", "AL", "AA", "AE"),
		("AL", "", "CA", "CE"),
		("NE", "NE", None, None),
		("NE", "", None, None),
		("ER", "NE", None, "CE"),
		("SU", "NE", "CA", None),
		("ER", "AL", "AA", "CE"),
		("XX", "", "CA", "CE"),
	],
)
def test_who_asks_for_what(accept_ack, application_ack, fine, wrong):
	head = of(accept_ack=accept_ack, application_ack=application_ack)
	assert ack.reply_code(head, None) == fine
	assert ack.reply_code(head, Problem("207", "x")) == wrong
	assert ack.reply_code(head, Problem("200", "x", reject=True)) == (wrong and wrong[0] + "R")


def test_an_answer_is_not_answered():
	assert ack.reply_code(of(code="ACK"), None) is None
	assert ack.reply_code(of(code="ACK", accept_ack="AL", application_ack="NE"), None) == "CA"


def test_the_ends_change_places_and_the_control_id_is_echoed():
	head = of(
		sending_application="LIS",
		sending_facility="L",
		receiving_application="CRM",
		receiving_facility="C",
		control_id="a|b",
	)
	text = ack.build(head, "AA", "LMSG-1", AT)
	message = read(text)
	assert message.header.sending_application == "CRM"
	assert message.header.receiving_facility == "L"
	assert message.header.control_id == "LMSG-1"
	assert message.first("MSA").text(2) == "a|b"
	assert message.header.sent_at == "20261121093100+0000"


@pytest.mark.parametrize(
	"version, kind",
	[("2.2", "ACK"), ("2.3", "ACK"), ("2.3.1", "ACK^R01"), ("2.4", "ACK^R01^ACK"), ("", "ACK^R01^ACK")],
)
def test_msh9_of_the_answer(version, kind):
	assert read(ack.build(of(version=version), "AA", "1", AT)).first("MSH").whole(9) == kind


def test_err_in_both_forms():
	problem = Problem("200", "SIU^S12 is not supported", 9, reject=True)
	new = read(ack.build(of(), "AR", "1", AT, problem)).first("ERR")
	assert (new.raw(2), new.raw(3), new.text(4)) == ("MSH^1^9", "200^Unsupported message type^HL70357", "E")
	assert new.text(8) == "SIU^S12 is not supported"
	old = read(ack.build(of(version="2.4"), "AR", "1", AT, problem)).first("ERR")
	assert old.raw(1) == "MSH^1^9^200&Unsupported message type&HL70357"


def test_what_is_answered_is_what_we_read():
	problem = Problem("101", "MSH-10 (message control ID) is empty", 10)
	for version in ("2.3", "2.5.1", "2.7"):
		got = ack.read_ack(ack.build(of(version=version), "AE", "1", AT, problem))
		assert (got.code, got.control_id, got.accepted) == ("AE", "1", False)
		assert "Required field missing" in got.explanation
	assert ack.read_ack("MSH|^~\\&|A\rPID|1") is None


@pytest.mark.parametrize("event", sorted(accept.RESULTS["ORU"]))
def test_result_messages_are_taken(event):
	assert accept.check(of(event=event)) is None


def test_answers_are_taken_with_any_event():
	assert accept.check(of(code="ACK", event="O21")) is None
	assert accept.check(of(code="ORL", event="O22")) is None
	assert "ORL" in accept.RESPONSES and of().code not in accept.RESPONSES


@pytest.mark.parametrize(
	"fields, code, field, reject",
	[
		({"code": ""}, "101", 9, True),
		({"code": "SIU", "event": "S12"}, "200", 9, True),
		({"event": "Z99"}, "201", 9, True),
		({"processing_id": "X"}, "202", 11, True),
		({"version": "3.0"}, "203", 12, True),
		({"control_id": ""}, "101", 10, False),
		({"control_id": "x" * 200}, "104", 10, False),
	],
)
def test_what_is_refused(fields, code, field, reject):
	problem = accept.check(of(**fields))
	assert (problem.code, problem.field, problem.reject) == (code, field, reject)


def test_an_event_glued_with_an_underscore():
	assert header.read("MSH|^~\\&|A|B|C|D|1||ORU_R01|1|P|2.3").message_type == "ORU^R01"


@pytest.mark.parametrize(
	"text", ["", "MSH", "MSH|", "PID|1", "MSHA^~\\&|", "MSH|abcd|x", "MSH ^~\\& x", "msh|^~\\&|a"]
)
def test_no_header(text):
	with pytest.raises(NotHL7):
		header.read(text)


@given(st.binary(max_size=300))
def test_any_bytes_are_split_or_refused(payload):
	try:
		batch = header.split(payload)
	except NotHL7:
		return
	assert batch.messages
	assert all(message.startswith(b"MSH") for message in batch.messages)
	for message in batch.messages:
		header.declared_charset(message)


@given(st.text(max_size=200))
def test_any_text_after_msh_is_read(text):
	head = header.read("MSH|^~\\&|" + text)
	assert ack.build(head, "AA", "1", AT).startswith("MSH|")
	accept.check(head)
