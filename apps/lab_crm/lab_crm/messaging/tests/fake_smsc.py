"""A small SMSC for tests: SMPP 3.4 by hand, so that it does not share the client's mistakes."""

import socket
import struct
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

BIND, SUBMIT, DELIVER, UNBIND, ENQUIRE, RESPONSE = 0x09, 0x04, 0x05, 0x06, 0x15, 0x80000000
SYSTEM_ID, PASSWORD = "lab", "smpppass"  # eight characters at most, says the protocol
UCS2 = 8


@dataclass
class Part:
	"""A submit_sm as it came."""

	message_id: str
	source: str
	target: str
	esm_class: int
	coding: int
	wants_receipt: int
	payload: bytes

	@property
	def text(self) -> str:
		body = self.payload[1 + self.payload[0] :] if self.esm_class & 0x40 else self.payload
		return body.decode("utf-16-be" if self.coding == UCS2 else "ascii")


@dataclass
class Smsc:
	"""What the SMSC has taken, and how it is to misbehave.

	Args:
		faults: what happens to the next submit_sm, one each: a status code, `silence` or `hang up`.
		receipts: deliver_sm texts sent after the next bind.
		answers: statuses of deliver_sm_resp.
	"""

	parts: list[Part] = field(default_factory=list)
	faults: deque = field(default_factory=deque)
	receipts: deque[str] = field(default_factory=deque)
	answers: list[int] = field(default_factory=list)
	address: str = ""


class Talk:
	"""One connection."""

	def __init__(self, smsc: Smsc, line: socket.socket):
		self.smsc, self.line = smsc, line

	def run(self) -> None:
		"""Answer until the other side hangs up."""
		try:
			while head := self._exactly(16):
				size, command, status, sequence = struct.unpack(">4I", head)
				if not self._answer(command, status, sequence, self._exactly(size - 16)):
					return
		except OSError:
			return
		finally:
			self.line.close()

	def _answer(self, command: int, status: int, sequence: int, body: bytes) -> bool:
		if command == BIND:
			system_id, password, _rest = body.split(b"\0", 2)
			known = (system_id, password) == (SYSTEM_ID.encode(), PASSWORD.encode())
			self._send(RESPONSE | BIND, 0 if known else 0x0E, sequence, b"fake\0")
			for number, text in enumerate(self.smsc.receipts, 500):
				self._send(DELIVER, 0, number, self._deliver(text))
			self.smsc.receipts.clear()
		elif command == SUBMIT:
			return self._submit(sequence, body)
		elif command == RESPONSE | DELIVER:
			self.smsc.answers.append(status)
		elif command in (UNBIND, ENQUIRE):
			self._send(RESPONSE | command, 0, sequence, b"")
			return command == ENQUIRE
		return True

	def _submit(self, sequence: int, body: bytes) -> bool:
		fault = self.smsc.faults.popleft() if self.smsc.faults else 0
		if fault in ("silence", "hang up"):
			return fault == "silence"
		if not fault:
			self.smsc.parts.append(self._part(body))
		made = self.smsc.parts[-1].message_id.encode() + b"\0" if not fault else b""
		self._send(RESPONSE | SUBMIT, fault, sequence, made)
		return True

	def _part(self, body: bytes) -> Part:
		_service, rest = body.split(b"\0", 1)
		source, rest = rest[2:].split(b"\0", 1)
		target, rest = rest[2:].split(b"\0", 1)
		esm_class = rest[0]
		_schedule, rest = rest[3:].split(b"\0", 1)
		_validity, rest = rest.split(b"\0", 1)
		receipt, _replace, coding, _default, length = rest[:5]
		number = f"id-{len(self.smsc.parts) + 1}"
		payload = rest[5 : 5 + length]
		return Part(number, source.decode(), target.decode(), esm_class, coding, receipt, payload)

	def _deliver(self, text: str) -> bytes:
		addresses = b"\0\1\1" + b"79001234567\0" + b"\5\0" + b"LAB\0"
		return addresses + bytes([0x04, 0, 0]) + b"\0\0" + bytes([0, 0, 0, 0, len(text)]) + text.encode()

	def _send(self, command: int, status: int, sequence: int, body: bytes) -> None:
		self.line.sendall(struct.pack(">4I", 16 + len(body), command, status, sequence) + body)

	def _exactly(self, size: int) -> bytes:
		data = b""
		while len(data) < size:
			more = self.line.recv(size - len(data))
			if not more:
				return b""
			data += more
		return data


@contextmanager
def running() -> Iterator[Smsc]:
	"""An SMSC on a free port of 127.0.0.1 for as long as the block lasts."""
	smsc = Smsc()
	listening = socket.create_server(("127.0.0.1", 0))
	smsc.address = f"127.0.0.1:{listening.getsockname()[1]}"

	def accept() -> None:
		while True:
			try:
				line, _address = listening.accept()
			except OSError:
				return
			threading.Thread(target=Talk(smsc, line).run, daemon=True).start()

	threading.Thread(target=accept, daemon=True).start()
	try:
		yield smsc
	finally:
		listening.shutdown(socket.SHUT_RDWR)
		listening.close()
