"""Ten thousand malformed messages, as broken programs and lines make them: nothing dies of them."""

import random
import secrets
from collections import Counter
from datetime import timedelta

import frappe
import pytest
from frappe.utils.background_jobs import get_queue

from lab_crm.lis import inbox
from lab_crm.lis.listener.settings import database_of
from lab_crm.lis.tests.corpus import cases
from lab_crm.utils import clock
from tests.support.mllp import Line, Table, listening, wrap

MALFORMED, PORTION = 10_000, 50
PROCESSED_SAMPLE = 300
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
	get_queue("lis").empty()  # nobody is to process what is gone
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
