"""An analyser on a plain socket against the real listener and the real database: it asks what to measure,
sends the result, loses answers, and the listener is killed under it."""

import random
import signal
import socket

import frappe
import pytest

from lab_crm.lis import inbox
from lab_crm.lis.astm import frames
from lab_crm.lis.astm.frames import ACK, ENQ, EOT, NAK
from lab_crm.lis.identity import ASTM_RESULTS
from lab_crm.lis.tests.arrange import Line, results_of, values_of
from lab_crm.lis.tests.test_analysers import Instrument, glucose
from lab_crm.utils.names import random_name
from tests.support.mllp import free_port, listening
from tests.support.stack import wait_for

SECONDS = 15
MESSAGES, KILLS = 60, 4


class Analyser:
	"""A TCP peer that speaks E1381 by hand, in the encoding of its connection.

	Args:
		line: a port to connect to, or a connection that was taken.
		name: what it calls itself.
	"""

	def __init__(self, line: int | socket.socket, name: str):
		self.name = name
		if isinstance(line, int):
			line = socket.create_connection(("127.0.0.1", line))
		line.settimeout(SECONDS)
		self.socket = line

	def hears(self) -> bytes:
		"""One byte of the host.

		Raises:
			ConnectionError: the host hung up.
		"""
		byte = self.socket.recv(1)
		if not byte:
			raise ConnectionError("the host hung up")
		return byte

	def says(self, *parts: bytes) -> bytes:
		"""The answers to parts sent one after the other."""
		answers = b""
		for part in parts:
			self.socket.sendall(part)
			answers += self.hears()
		return answers

	def frames(self, body: str) -> list[bytes]:
		"""The frames of a message of this analyser."""
		head = f"H|\\^&|||{self.name}|||||LABCRM||P|LIS2-A2|20261121093000\r"
		return frames.cut(f"{head}{body}L|1|N\r".encode("cp1251"))

	def sends(self, body: str) -> bytes:
		"""The answers to a whole message."""
		answers = self.says(ENQ, *self.frames(body))
		self.socket.sendall(EOT)
		return answers

	def takes(self) -> str:
		"""The message the host sends; its first frame is refused once."""
		assert self.hears() == ENQ
		self.socket.sendall(ACK)
		message, refused = b"", False
		while (byte := self.hears()) != EOT:
			frame = bytearray(byte)
			while not frame.endswith(b"\r\n"):
				frame += self.hears()
			message += frames.take(frame).text if refused else b""
			self.socket.sendall(ACK if refused else NAK)
			refused = True
		return message.decode("cp1251")


@pytest.fixture
def instrument(site, make):
	"""An analyser that is set up, with a tube that waits for it; removed at the end."""
	instrument = Instrument(Line(make))
	connection = instrument.connection
	connection.update({"receiving_application": random_name("AN"), "encoding": "Windows-1251"})
	connection.append("peers", {"network": "127.0.0.1"})
	connection.save()
	frappe.db.commit()
	yield instrument
	frappe.db.rollback()
	remove(instrument)


def remove(instrument) -> None:
	of_patient = {"patient": instrument.lab.patient.name}
	results = frappe.get_all("Lab Result", filters=of_patient, pluck="name")
	placed = frappe.get_all("Lab Order", filters=of_patient, pluck="name")
	frappe.db.delete("Lab Result Item", {"parent": ("in", [*results, ""])})
	frappe.db.delete("Lab Order Item", {"parent": ("in", [*placed, ""])})
	for doctype in ("Lab Result", "Lab Order", "Specimen", "Visit", "Journey Event"):
		frappe.db.delete(doctype, of_patient)
	for connection in (instrument.connection.name, instrument.line.connection.name):
		for doctype in ("LIS Message", "LIS Code Map", "LIS Unknown Code"):
			frappe.db.delete(doctype, {"connection": connection})
		frappe.db.delete("LIS Connection Peer", {"parent": connection})
		frappe.db.delete("LIS Connection", {"name": connection})
	frappe.db.commit()


@pytest.fixture
def port():
	return free_port()


@pytest.fixture
def listener(profile, instrument, port):
	with listening(profile, options=["--astm-port", str(port)]) as listener:
		yield listener


@pytest.fixture
def analyser(listener, instrument, port):
	analyser = Analyser(port, instrument.connection.receiving_application)
	yield analyser
	analyser.socket.close()


def rows(instrument, **conditions) -> list:
	"""The messages of the analyser as they are committed now, oldest first."""
	frappe.db.rollback()
	filters = {"connection": instrument.connection.name, **conditions}
	fields = ["name", "status", "message_type", "lab_order", "raw", "error"]
	return frappe.get_all("LIS Message", filters=filters, fields=fields, order_by="creation, name")


def test_a_tube_from_the_question_to_the_result(instrument, analyser):
	barcode = instrument.serum
	assert analyser.sends(f"Q|1|^{barcode}||^^^ALL||||||||O\r") == ACK * 4
	told = analyser.takes()
	assert f"O|1|{barcode}||^^^GLU|R|" in told
	assert analyser.sends(glucose(barcode)) == ACK * 6
	assert analyser.sends(glucose(barcode)) == ACK * 6  # it did not hear that we have it
	(stored,) = rows(instrument, message_type="ASTM^R")
	assert "Глюкоза" in stored.raw
	inbox.process([stored.name])
	(result,) = results_of(instrument.order.name)
	assert values_of(result) == {instrument.lab.glu: "5.4"}
	wait_for(lambda: rows(instrument, message_type="ASTM^O"), "the answer is kept")
	asked, answered = rows(instrument, message_type=("!=", "ASTM^R"))
	assert (asked.status, asked.lab_order) == ("Processed", instrument.order.name)
	assert (answered.status, answered.message_type) == ("Acknowledged", "ASTM^O")


def test_an_answer_nobody_took_is_shown(instrument, analyser):
	analyser.sends(f"Q|1|^{instrument.serum}||^^^ALL||||||||O\r")
	assert analyser.hears() == ENQ
	analyser.socket.close()
	wait_for(lambda: rows(instrument, message_type="ASTM^O"), "the answer is kept")
	(answered,) = rows(instrument, message_type="ASTM^O")
	assert (answered.status, answered.lab_order) == ("Failed", instrument.order.name)
	assert "the connection broke off" in answered.error


def test_an_analyser_that_waits_to_be_called(instrument, profile, port):
	with socket.create_server(("127.0.0.1", 0)) as waiting:
		waiting.settimeout(SECONDS)
		instrument.connection.update({"host": "127.0.0.1", "port": waiting.getsockname()[1]})
		instrument.connection.save()
		frappe.db.commit()
		with listening(profile, options=["--astm-port", str(port)]):
			line, _address = waiting.accept()
			with line:
				assert Analyser(line, "ANY").sends(glucose(instrument.serum)) == ACK * 6
	assert [row.status for row in rows(instrument)] == ["Received"]


def test_a_rude_analyser(instrument, analyser):
	first, *rest = analyser.frames(glucose(instrument.serum))
	assert analyser.says(b"\x00\xffnoise" + ENQ) == ACK
	assert analyser.says(first[:-4] + b"zz\r\n") == NAK
	assert analyser.says(frames.encode(6, b"P|1\r")) == NAK
	analyser.socket.sendall(b"\x021" + b"x" * 200_000)
	assert analyser.says(b"\x0300\r\n") == NAK
	assert analyser.says(first, first, *rest, rest[-1]) == ACK * 7
	analyser.socket.sendall(EOT)
	assert [row.status for row in rows(instrument)] == ["Received"]


def test_what_was_acknowledged_survives_the_kill_of_the_listener(instrument, listener, port):
	name = instrument.connection.receiving_application
	killing = iter(sorted(random.sample(range(5, MESSAGES - 1), KILLS)))
	due = next(killing)
	peer = Analyser(port, name)
	for number in range(MESSAGES):
		parts = [ENQ, *peer.frames(glucose(instrument.serum, str(number)))]
		if number == due:
			peer.says(*parts[: random.randrange(1, len(parts))])
			listener.stop(signal.SIGKILL)
			listener.start()
			peer.socket.close()
			peer, due = Analyser(port, name), next(killing, None)
		assert peer.says(*parts) == ACK * len(parts)
		peer.socket.sendall(EOT)
	peer.socket.close()
	values = [
		row.raw.split("^Глюкоза|")[1].split("|")[0] for row in rows(instrument, message_type=ASTM_RESULTS)
	]
	assert values == [str(number) for number in range(MESSAGES)]
