"""Every message of the corpus is answered and read as the file beside it says."""

import ipaddress
from datetime import UTC, datetime

import pytest

from lab_crm.lis import matching
from lab_crm.lis.hl7 import ack, encoding, header, merge, oru
from lab_crm.lis.hl7.framing import Frame
from lab_crm.lis.hl7.reader import read
from lab_crm.lis.listener.intake import Desk, answer
from lab_crm.lis.listener.store import Profile, Saved
from lab_crm.lis.tests.corpus import Case, cases

PEER = ipaddress.ip_address("127.0.0.1")
AT = datetime(2026, 11, 21, 9, 31, tzinfo=UTC)


def replies(case: Case) -> tuple[list, bytes]:
	"""Return the answers to a message as they are read back, and their bytes."""
	profiles = [Profile("LIS", application, encoding=case.setting) for application in ("DEMOLIS", "OLDLIS")]
	intake = Desk(profiles).examine(Frame(case.raw), PEER)
	sent = answer(intake, [Saved(f"LMSG-{number}") for number, _entry in enumerate(intake.entries)], AT)
	messages = header.split(sent).messages if sent else []
	return [read(encoding.readable(message)) for message in messages], sent or b""


def error_code(message) -> str | None:
	err = message.first("ERR")
	return (err.text(3) or err.text(1, 4)) if err else None


@pytest.mark.parametrize("case", cases("answers"), ids=lambda case: case.name)
def test_answer(case):
	messages, sent = replies(case)
	got = [[each.first("MSA").text(1), each.first("MSA").text(2), error_code(each)] for each in messages]
	assert got == case.expected["answers"]
	if "batch_id" in case.expected:
		assert sent.startswith(b"BHS|")
		assert sent.split(b"\r")[0].split(b"|")[11].decode() == case.expected["batch_id"]
		assert f"BTS|{len(got)}\r".encode() in sent
	if "ack_type" in case.expected:
		assert messages[0].first("MSH").whole(9) == case.expected["ack_type"]
	if "says" in case.expected:
		assert case.expected["says"] in messages[0].first("ERR").text(8)


@pytest.mark.parametrize("case", cases("groups"), ids=lambda case: case.name)
def test_reading(case):
	decoded = encoding.decode(case.raw, header.declared_charset(header.clean(case.raw)), case.setting)
	results = oru.parse(decoded.text, decoded.codec)
	assert len(results.groups) == len(case.expected["groups"])
	for group, expected in zip(results.groups, case.expected["groups"], strict=True):
		compare_group(group, expected)
	starts = case.expected.get("problems", [])
	assert len(results.problems) == len(starts), results.problems
	for problem, start in zip(results.problems, starts, strict=True):
		assert problem.startswith(start)


@pytest.mark.parametrize("case", cases("merges"), ids=lambda case: case.name)
def test_merging(case):
	decoded = encoding.decode(case.raw, header.declared_charset(case.raw), case.setting)
	found = merge.parse(decoded.text, decoded.codec)
	named = [[matching.patients_of(each.survivor), matching.patients_of(each.merged)] for each in found]
	assert named == [[{survivor}, {merged}] for survivor, merged in case.expected["merges"]]


def compare_group(group: oru.OrderGroup, expected: dict) -> None:
	special = {"patient", "observations", "service", "observed_at", "count"}
	for key in expected.keys() - special:
		assert getattr(group, key) == expected[key], key
	if "service" in expected:
		assert group.service.code == expected["service"]
	if "observed_at" in expected:
		assert group.observed_at.isoformat() == expected["observed_at"]
	if "count" in expected:
		assert len(group.observations) == expected["count"]
	for key, value in expected.get("patient", {}).items():
		assert patient_value(group.patient, key) == value, key
	if "observations" in expected:
		assert len(group.observations) == len(expected["observations"])
		for seen, wanted in zip(group.observations, expected["observations"], strict=True):
			assert {key: observed(seen, key) for key in wanted} == wanted


def patient_value(patient: oru.PatientIds, key: str):
	if key == "identifiers":
		return [each.value for each in patient.identifiers]
	value = getattr(patient, key)
	return value.isoformat() if key == "birth_date" and value else value


def observed(seen, key: str):
	readers = {
		"code": lambda: seen.code.code,
		"name": lambda: seen.code.text,
		"number": lambda: str(seen.number.value) if seen.number else None,
		"comparator": lambda: seen.number.comparator,
		"critical": lambda: seen.is_critical,
		"flags": lambda: list(seen.flags),
		"observed_at": lambda: seen.observed_at.isoformat() if seen.observed_at else None,
		"attachment": lambda: (
			seen.attachment
			and {"content_type": seen.attachment.content_type, "size": len(seen.attachment.data)}
		),
	}
	return readers[key]() if key in readers else getattr(seen, key)


@pytest.mark.parametrize("case", cases("ack"), ids=lambda case: case.name)
def test_answer_to_ours(case):
	got = ack.read_ack(case.raw.decode())
	assert {key: getattr(got, key) for key in case.expected["ack"]} == case.expected["ack"]
