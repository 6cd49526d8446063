"""What a LIS and its network do wrong: malformed messages by the thousand; listener and workers killed.

Nothing dies of the first, and of the second every message that was sent is stored and processed, once.
"""

import random
import secrets
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import frappe
import pytest

from lab_crm.lis import inbox
from lab_crm.lis.listener.settings import database_of
from lab_crm.lis.tests.corpus import cases
from lab_crm.utils import clock
from tests.support import faults
from tests.support.mllp import Line, Table, listening, wrap
from tests.support.stack import wait_for

MALFORMED, PORTION, LINES = 10_000, 50, 4
PROCESSED_SAMPLE = 300
SENDERS, EACH, KILLS = 4, 100, 3
SECONDS = 180
# Statuses of a message that waits for nothing any more.
ENDED = {"Processed", "Unmatched", "Failed", "Rejected"}


@pytest.fixture
def table(profile, stores):
	"""The stored messages of this test, known by a sending application of its own."""
	table = Table(database_of(profile.site, str(profile.sites)), f"FAULT-{secrets.token_hex(4)}")
	yield table
	table.clear()


def result(application: str, control_id: str) -> bytes:
	return (
		f"MSH|^~\\&|{application}|DEMO|LABCRM|DEMO|20261121093000+0300||ORU^R01^ORU_R01|{control_id}|P|2.5.1"
		"||||||UNICODE UTF-8\r"
		"PID|1||PAT-NOBODY||Образцова^Анна^Тестовна||19900203|F\r"
		"OBR|1|ORD-NOBODY|L-1|GLU^Глюкоза^L\r"
		"OBX|1|NM|GLU^Глюкоза^L||5.4|ммоль/л|4.1-5.9|N|||F\r"
	).encode()


# malformed


def mangled(chance: random.Random, raw: bytes) -> bytes:
	"""Return a message with one to three things wrong, as broken programs and lines make them."""
	for _fault in range(chance.randint(1, 3)):
		raw = chance.choice(WAYS)(chance, raw) or b"M"
	return raw


def _cut(chance, raw):
	return raw[: chance.randrange(len(raw))]


def _beheaded(chance, raw):
	return raw[chance.randrange(len(raw)) :]


def _noise(chance, raw):
	at = chance.randrange(len(raw))
	return raw[:at] + chance.randbytes(chance.randint(1, 20)) + raw[at + chance.randint(0, 20) :]


def _segments(chance, raw):
	rows = raw.split(b"\r")
	chance.shuffle(rows)
	return b"\r".join(rows[: chance.randint(1, len(rows))] + chance.choices(rows, k=2))


def _separators(chance, raw):
	return raw.replace(b"|", chance.choice((b"", b"^", b"~", b"||", b"\t", b"\\"))).replace(b"^", b"&")


def _swollen(chance, raw):
	fields = raw.split(b"|")
	fields[chance.randrange(len(fields))] = chance.choice((b"9", b"^", b"~", b"\\X", "ж".encode())) * 2000
	return b"|".join(fields)


def _escapes(chance, raw):
	return raw.replace(b"|", chance.choice((b"|\\", b"|\\X0G\\", b"|\\Z99\\", b"|\x00", b"|\xff")), 5)


WAYS = (_cut, _beheaded, _noise, _segments, _separators, _swollen, _escapes)


@pytest.fixture
def strangers(table, site):
	"""Removes what malformed messages left: their senders' names are as broken as they are."""
	began = clock.now() - timedelta(seconds=1)
	yield
	frappe.db.rollback()
	for doctype in ("LIS Message", "LIS Unknown Code", "Catalogue Change"):
		frappe.db.delete(doctype, {"creation": (">=", began)})
	frappe.db.commit()


def test_ten_thousand_malformed_messages_kill_nothing(profile, strangers, table):
	seed = random.randrange(2**32)
	chance = random.Random(seed)
	corpus = [each.raw for each in cases() if b"MFN" not in each.raw]
	good, said = 0, ""
	with listening(profile) as listener:
		for _portion in range(MALFORMED // PORTION):
			line = listener.line()
			stream = b"".join(wrap(mangled(chance, chance.choice(corpus))) for _ in range(PORTION))
			answered = talk(line, stream, result(table.application, f"good-{good}"), f"good-{good}")
			if not answered:  # it may hang up on a stranger; never on everybody
				answered = talk(
					listener.line(), b"", result(table.application, f"good-{good}"), f"good-{good}"
				)
			assert answered, f"seed {seed}: no answer to a good message after portion {good}"
			good += 1
			listener.hang_up()
			said += listener.log()  # a full pipe would stop whoever writes into it
		assert listener.process.poll() is None, f"seed {seed}"
	_before, fault, told = said.partition("Traceback")
	assert not fault, f"seed {seed}: {told[:3000]}"
	assert len(table.rows()) == good == MALFORMED // PORTION
	names = frappe.get_all(
		"LIS Message",
		{"status": "Received", "sending_application": ("!=", table.application)},
		pluck="name",
		limit=PROCESSED_SAMPLE,
	)
	ends = Counter(inbox.process_one(name) for name in names)
	assert set(ends) <= ENDED | {None}, f"seed {seed}: {ends}"


def talk(line: Line, stream: bytes, last: bytes, control_id: str) -> bool:
	"""Write a stream and a good message after it; tell whether the good one was acknowledged."""
	wanted = f"MSA|AA|{control_id}\r".encode()
	try:
		line.write(stream + wrap(last))
		while wanted not in line.answer() + b"\r":
			pass
	except OSError:
		return False
	return True


# killed


class Sender:
	"""A LIS that sends each message until it is acknowledged, over a new connection when one breaks."""

	def __init__(self, stack, application: str, number: int):
		self.port = stack.mllp["port"]
		self.messages = [(f"s{number}-{one}", application) for one in range(EACH)]
		self.done = 0
		self.again = 0

	def run(self) -> None:
		line, deadline = None, time.monotonic() + SECONDS
		for control_id, application in self.messages:
			while True:
				assert time.monotonic() < deadline, "the listener did not come back"
				try:
					line = line or Line(self.port, 10)
					answer = line.ask(result(application, control_id))
				except OSError:
					line = None
					self.again += 1
					time.sleep(0.2)  # as a LIS pauses before it connects again
					continue
				assert f"MSA|AA|{control_id}".encode() in answer, answer
				self.done += 1
				break


class Turns:
	"""The scheduler's turns: what killed workers left is handed over anew.

	The scheduler itself may be held up for minutes: it queues no job that a dead worker seems to be at.
	"""

	def __init__(self, seconds: float = 35):
		self.seconds, self.due = seconds, 0.0

	def take(self) -> None:
		if time.monotonic() >= self.due:
			inbox.sweep()
			frappe.db.rollback()  # a new snapshot for the next one
			self.due = time.monotonic() + self.seconds


def test_killed_under_load_all_that_was_sent_is_stored_and_processed_once(profile, stack, table, site):
	senders = [Sender(stack, table.application, number) for number in range(SENDERS)]
	sent = SENDERS * EACH
	with ThreadPoolExecutor(SENDERS) as pool:
		runs = [pool.submit(sender.run) for sender in senders]
		for kill in range(1, KILLS + 1):
			share = sent * kill // (KILLS + 1)
			wait_for(lambda share=share: sum(one.done for one in senders) >= share, f"{share} sent", SECONDS)
			faults.kill(profile, "lab_crm.lis.listener")
			faults.kill(profile, "worker --quiet")
		for run in runs:
			run.result()
	assert sum(one.again for one in senders), "the kills came too late to hurt anybody"

	turns = Turns()

	def ended() -> bool:
		turns.take()
		return all(row["status"] in ENDED for row in table.rows())

	wait_for(ended, "everything is processed", SECONDS)
	rows = table.rows()
	assert Counter(row["control_id"] for row in rows) == {
		control_id: 1 for sender in senders for control_id, _application in sender.messages
	}
	assert {row["status"] for row in rows} == {"Unmatched"}
