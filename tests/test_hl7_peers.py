"""Foreign HL7 peers against the real listener and the real database: PyPI `hl7`, two npm clients, and plain
sockets."""

import json
import os
import secrets
import shutil
import subprocess
from pathlib import Path

import hl7
import pytest
from hl7.client import MLLPClient

from lab_crm.lis.listener.settings import database_of
from lab_crm.lis.tests.corpus import case
from tests.support.mllp import Table, listening, wrap
from tests.support.stack import wait_for

NPM = Path(__file__).parent / "npm"


@pytest.fixture(scope="module")
def running(profile, stores):
	with listening(profile) as listener:
		yield listener


@pytest.fixture
def listener(running):
	"""The listener; the connections a test made to it end with the test."""
	yield running
	running.hang_up()


@pytest.fixture
def table(profile, stores):
	"""The stored messages of this test, known by a sending application of its own."""
	table = Table(database_of(profile.site, str(profile.sites)), f"PEER-{secrets.token_hex(4)}")
	yield table
	table.clear()


@pytest.fixture(scope="session")
def npm_clients():
	"""The npm packages of `tests/npm`, as locked."""
	if not (NPM / "node_modules").exists():
		npm = shutil.which("npm")
		assert npm, "npm is not installed"
		command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
		done = subprocess.run(command, cwd=NPM, capture_output=True, text=True)
		assert done.returncode == 0, done.stderr
	return NPM


def message(
	table: Table, control_id: str, value: str = "5.4", code: str = "ORU^R01^ORU_R01", size: int = 0
) -> str:
	"""Return a result in Cyrillic, as text."""
	return (
		f"MSH|^~\\&|{table.application}|DEMO|LABCRM|DEMO|20261121093000+0300||{code}|{control_id}|P|2.5.1"
		"||||||UNICODE UTF-8\r"
		"PID|1||PAT-TEST0001^^^LABCRM^PI||Образцова^Анна^Тестовна||19900203|F\r"
		"OBR|1|ORD-NOBODY|L-1|GLU^Глюкоза^L\r"
		f"OBX|1|NM|GLU^Глюкоза^L||{value}|ммоль/л|4.1-5.9|N|||F\r"
		f"NTE|1|L|Примечание {'ж' * size}\r"
	)


def codes(answers: list[str]) -> list[tuple[str, str]]:
	"""Return MSA-1 and MSA-2 of answers, as python-hl7 reads them."""
	parsed = [hl7.parse(answer) for answer in answers]
	return [(str(each.segment("MSA")[1]), str(each.segment("MSA")[2])) for each in parsed]


# PyPI hl7


def test_python_hl7_client_sends_several_on_one_connection(listener, table):
	with MLLPClient("127.0.0.1", listener.port) as client:
		answers = [client.send_message(message(table, f"p{number}")).decode() for number in range(5)]
	answers = [answer.strip("\x0b\x1c\r") for answer in answers]
	assert codes(answers) == [("AA", f"p{number}") for number in range(5)]
	rows = table.rows()
	assert [row["control_id"] for row in rows] == [f"p{number}" for number in range(5)]
	assert all("Образцова^Анна" in row["raw"] for row in rows)
	assert {(row["direction"], row["message_type"], row["ack_code"]) for row in rows} == {
		("In", "ORU^R01", "AA")
	}


def test_mllp_send_command(listener, table, profile, tmp_path):
	path = tmp_path / "messages.hl7"
	texts = [message(table, "c1"), message(table, "c2", code="SIU^S12"), message(table, "c3")]
	path.write_bytes(b"".join(wrap(text.encode()) for text in texts))
	command = [
		str(profile.env / "bin" / "mllp_send"),
		"--port",
		str(listener.port),
		"--file",
		str(path),
		"127.0.0.1",
	]
	done = subprocess.run(command, capture_output=True, timeout=30)
	assert done.returncode == 0, done.stderr
	answers = [frame.strip("\x0b\r\n") for frame in done.stdout.decode().split("\x1c") if frame.strip()]
	assert codes(answers) == [("AA", "c1"), ("AR", "c2"), ("AA", "c3")]


# npm


def run_client(script: Path, port: int, texts: list[str]) -> list[str]:
	"""Run an npm client with messages; return the answers it got."""
	command = ["node", str(script), "127.0.0.1", str(port)]
	environment = {key: value for key, value in os.environ.items() if key != "NODE_OPTIONS"}
	done = subprocess.run(
		command, input=json.dumps(texts), capture_output=True, text=True, timeout=60, env=environment
	)
	assert done.returncode == 0, done.stderr
	return json.loads(done.stdout)


def test_node_hl7_client(npm_clients, listener, table):
	texts = [
		message(table, "n1"),
		message(table, "n2", code="SIU^S12"),
		message(table, "n1"),
		message(table, "n3"),
	]
	answers = run_client(npm_clients / "node_hl7_client.mjs", listener.port, texts)
	assert codes(answers) == [("AA", "n1"), ("AR", "n2"), ("AA", "n1"), ("AA", "n3")]
	assert "200^Unsupported message type^HL70357" in answers[1]
	assert [row["control_id"] for row in table.rows(status="Received")] == ["n1", "n3"]


def test_medplum_client(npm_clients, listener, table):
	texts = [message(table, f"m{number}", str(number)) for number in range(20)]
	answers = run_client(npm_clients / "medplum.mjs", listener.port, texts)
	assert codes(answers) == [("AA", f"m{number}") for number in range(20)]
	assert len(table.rows()) == 20


# plain sockets


def test_fragmented_and_coalesced(listener, table):
	line = listener.line()
	stream = b"".join(wrap(message(table, f"f{number}").encode()) for number in range(6))
	for start in range(0, len(stream), 7):
		line.write(stream[start : start + 7])
	line.write(stream.replace(b"|f", b"|g"))
	answers = [line.answer().decode() for _ in range(12)]
	assert codes(answers) == [("AA", f"{letter}{number}") for letter in "fg" for number in range(6)]
	assert len(table.rows()) == 12


def test_broken_framing_is_dropped_and_logged(listener, table):
	listener.log()
	line = listener.line()
	whole = message(table, "b1").encode()
	line.write(b"MSH|no start byte\x1c\r" + b"\x0b" + whole[:80] + wrap(whole) + b"\x0bMSH|never ends")
	assert codes([line.answer().decode()]) == [("AA", "b1")]
	line.close()
	wait_for(lambda: "stream ended inside a message" in said(listener), "the loss is logged")
	assert [row["control_id"] for row in table.rows()] == ["b1"]


def said(listener) -> str:
	"""Return all the listener said since the first call of this test."""
	listener.heard = getattr(listener, "heard", "") + listener.log()
	return listener.heard


def test_a_repeat_gets_the_same_answer_and_makes_no_second_row(listener, table):
	first, second = listener.line(), listener.line()
	answers = [line.ask(message(table, "r1").encode()) for line in (first, first, second)]
	again = message(table, "r1").replace("20261121093000", "20261121094500").encode()
	answers.append(second.ask(again))
	assert {answer.split(b"\r")[1] for answer in answers} == {b"MSA|AA|r1"}
	assert len({hl7.parse(answer.decode()).segment("MSH")[10][0] for answer in answers}) == 1
	assert len(table.rows()) == 1


def test_repeats_that_race_each_other(listener, table):
	lines = [listener.line() for _ in range(8)]
	for line in lines:
		line.send(message(table, "race").encode())
	assert codes([line.answer().decode() for line in lines]) == [("AA", "race")] * 8
	assert len(table.rows()) == 1


def test_control_ids_that_differ_only_in_case_are_two_messages(listener, table):
	line = listener.line()
	assert codes([line.ask(message(table, each).encode()).decode() for each in ("x1", "X1")]) == [
		("AA", "x1"),
		("AA", "X1"),
	]
	assert len(table.rows()) == 2


def test_a_used_control_id_with_other_contents_is_refused_and_kept(listener, table):
	line = listener.line()
	answers = [line.ask(message(table, "u1", value).encode()).decode() for value in ("5.4", "9.9")]
	assert codes(answers) == [("AA", "u1"), ("AE", "u1")]
	assert "205^Duplicate key identifier" in answers[1]
	assert sorted(row["status"] for row in table.rows()) == ["Received", "Rejected"]


def test_an_unknown_type_is_refused_with_err_and_kept_for_people(listener, table):
	answer = hl7.parse(listener.line().ask(message(table, "t1", code="SIU^S12").encode()).decode())
	assert str(answer.segment("MSA")[1]) == "AR"
	assert str(answer.segment("ERR")[3]) == "200^Unsupported message type^HL70357"
	(row,) = table.rows()
	assert (row["status"], row["ack_code"]) == ("Rejected", "AR")
	assert "SIU^S12" in row["error"]


def test_a_wrong_encoding_is_refused_and_a_mended_repeat_is_taken(listener, table):
	line = listener.line()
	assert codes([line.ask(message(table, "e1").encode("cp1251")).decode("cp1251")]) == [("AE", "e1")]
	assert codes([line.ask(message(table, "e1").encode()).decode()]) == [("AA", "e1")]
	rows = {row["status"]: row for row in table.rows()}
	assert "looks like Windows-1251" in rows["Rejected"]["error"]
	assert "Образцова" in rows["Rejected"]["raw"]
	assert "Образцова" in rows["Received"]["raw"]


def test_a_batch_makes_a_row_a_message_and_one_answer(listener, table):
	text = case("batch").raw.decode().replace("|DEMOLIS|", f"|{table.application}|")
	answer = listener.line().ask(text.encode()).decode()
	assert answer.startswith("BHS|")
	assert answer.count("MSA|AA|") == 3
	assert [row["control_id"] for row in table.rows()] == ["C-B1", "C-B2", "C-B3"]


def test_a_large_message(listener, table):
	line = listener.line(60)
	answer = line.ask(message(table, "big", size=3_000_000).encode())
	assert codes([answer.decode()]) == [("AA", "big")]
	assert len(table.rows()[0]["raw"]) > 3_000_000


def test_a_message_over_the_limit(listener, table):
	line = listener.line(60)
	answers = [
		line.ask(message(table, name, size=size).encode()).decode()
		for name, size in (("huge", 5_000_000), ("ok", 1))
	]
	assert codes(answers) == [("AE", "huge"), ("AA", "ok")]
