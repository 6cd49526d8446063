"""Our listener as a process of its own, and plain MLLP for the tests that must be rude."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pymysql
from pymysql.cursors import DictCursor

from benchkit import processes
from benchkit.profile import Profile

START_SECONDS = 30


def wrap(message: bytes) -> bytes:
	"""Return a message as one MLLP frame."""
	return b"\x0b" + message + b"\x1c\r"


def free_port() -> int:
	"""Return a port nobody listens on."""
	with socket.socket() as probe:
		probe.bind(("127.0.0.1", 0))
		return probe.getsockname()[1]


class Line:
	"""A TCP connection to a listener, spoken by hand."""

	def __init__(self, port: int, seconds: float = 15):
		self.socket = socket.create_connection(("127.0.0.1", port), timeout=seconds)
		self._buffer = b""

	def write(self, data: bytes) -> None:
		self.socket.sendall(data)

	def send(self, message: bytes) -> None:
		self.write(wrap(message))

	def answer(self, seconds: float | None = None) -> bytes:
		"""Return the next answer, without its frame.

		Raises:
			TimeoutError: none came in time.
			ConnectionError: the listener hung up.
		"""
		if seconds is not None:
			self.socket.settimeout(seconds)
		while b"\x1c\r" not in self._buffer:
			data = self.socket.recv(65536)
			if not data:
				raise ConnectionError("the listener hung up")
			self._buffer += data
		frame, _, self._buffer = self._buffer.partition(b"\x1c\r")
		return frame.removeprefix(b"\x0b")

	def ask(self, message: bytes) -> bytes:
		"""Send a message and return its answer."""
		self.send(message)
		return self.answer()

	def close(self) -> None:
		self.socket.close()


@dataclass
class Listener:
	"""A listener process on a port of its own.

	Args:
		profile: the bench whose site it serves.
		sites: folder of the sites; the bench's own when None.
		options: further options of the command line.
	"""

	profile: Profile
	sites: Path | None = None
	options: list[str] = field(default_factory=list)
	port: int = field(default_factory=free_port)
	process: subprocess.Popen | None = None
	lines: list[Line] = field(default_factory=list)

	def start(self) -> None:
		"""Start it and wait until it listens."""
		sites = str(self.sites or self.profile.sites)
		command = [str(self.profile.python), "-m", "lab_crm.lis.listener", "--site", self.profile.site]
		command += ["--sites-path", sites, "--port", str(self.port), *self.options]
		environment = processes.environment(self.profile)
		self.process = subprocess.Popen(
			command, cwd=sites, env=environment, stderr=subprocess.PIPE, text=True
		)
		os.set_blocking(self.process.stderr.fileno(), False)
		deadline = time.monotonic() + START_SECONDS
		while not self._answers():
			assert self.process.poll() is None, self.process.stderr.read()
			assert time.monotonic() < deadline, "the listener does not listen"
			time.sleep(0.05)

	def stop(self, number: int = signal.SIGTERM) -> int:
		"""End it; return its exit status."""
		self.hang_up()
		if self.process.poll() is None:
			self.process.send_signal(number)
		status = self.process.wait(30)
		self.process.stderr.close()
		return status

	def log(self) -> str:
		"""Return what it has said since the last call."""
		return self.process.stderr.read() or ""

	def line(self, seconds: float = 15) -> Line:
		"""Connect, until `hang_up`."""
		self.lines.append(Line(self.port, seconds))
		return self.lines[-1]

	def hang_up(self) -> None:
		"""Close the connections made by `line`."""
		while self.lines:
			self.lines.pop().close()

	def _answers(self) -> bool:
		with socket.socket() as probe:
			return probe.connect_ex(("127.0.0.1", self.port)) == 0


@contextmanager
def listening(profile: Profile, **given: Any) -> Iterator[Listener]:
	"""A running listener for as long as the block lasts."""
	listener = Listener(profile, **given)
	listener.start()
	try:
		yield listener
	finally:
		listener.stop()


class Table:
	"""The rows of `tabLIS Message`, read on a connection of its own.

	Args:
		database: arguments of `pymysql.connect`.
		application: MSH-3 of the messages of this test; only their rows are seen, and they are removed at the
			end.
	"""

	def __init__(self, database: dict[str, Any], application: str):
		self.application = application
		self._link = pymysql.connect(**database, charset="utf8mb4", autocommit=True, cursorclass=DictCursor)

	def rows(self, **conditions: str) -> list[dict]:
		"""Return this test's rows, oldest first; `conditions` are column = value."""
		conditions = {"sending_application": self.application, **conditions}
		where = " AND ".join(f"`{column}` = %s" for column in conditions)
		with self._link.cursor() as cursor:
			cursor.execute(
				f"SELECT * FROM `tabLIS Message` WHERE {where} ORDER BY `creation`", list(conditions.values())
			)
			return list(cursor.fetchall())

	def clear(self) -> None:
		with self._link.cursor() as cursor:
			cursor.execute(
				"DELETE FROM `tabLIS Message` WHERE `sending_application` = %s", [self.application]
			)
		self._link.close()
