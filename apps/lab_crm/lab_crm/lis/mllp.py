"""A line to a LIS: one TCP connection, kept while there is something to send, and its answers."""

import socket
import time

from lab_crm.lis.hl7 import ack, encoding
from lab_crm.lis.hl7.ack import Acknowledgement
from lab_crm.lis.hl7.framing import Frame, FrameDecoder, wrap
from lab_crm.lis.hl7.header import NotHL7, clean, declared_charset

CONNECT_SECONDS = 5
_READ = 65536


class LinkError(Exception):
	"""The message was not answered; it may be sent again under the same control ID."""


class Unreachable(LinkError):
	"""Nobody took the connection: the message never left."""


class NoAnswer(LinkError):
	"""The message left, its answer did not come: the LIS may have it."""


class Link:
	"""One connection to a LIS, made when first needed; a context manager that hangs up at the end.

	Args:
		host: name or address of the LIS.
		port: its port.
		seconds: how long to wait for an answer.
		setting: encoding of the connection, for answers that name none.
	"""

	def __init__(self, host: str, port: int, seconds: float, setting: str = "UTF-8"):
		self.host, self.port, self.seconds, self.setting = host, port, seconds, setting
		self._socket: socket.socket | None = None
		self._decoder = FrameDecoder()
		self._frames: list[bytes] = []

	def __enter__(self) -> "Link":
		return self

	def __exit__(self, *error) -> None:
		self.hang_up()

	def hang_up(self) -> None:
		"""Close the connection; the next `ask` makes a new one."""
		if self._socket is not None:
			self._socket.close()
		self._socket, self._decoder, self._frames = None, FrameDecoder(), []

	def ask(self, message: bytes, control_id: str) -> Acknowledgement:
		"""Send one message and return the answer that names its control ID; other answers are passed by.

		Raises:
			Unreachable: no connection could be made.
			NoAnswer: none came in time, or the LIS hung up; the connection is closed.
		"""
		link = self._connected()
		try:
			link.settimeout(self.seconds)
			link.sendall(wrap(message))
			return self._answer_to(control_id)
		except TimeoutError as error:
			raise NoAnswer(f"no answer in {self.seconds:g} s") from error
		except OSError as error:
			raise NoAnswer(f"the connection broke: {error}") from error
		finally:
			if not self._answered:
				self.hang_up()

	def _connected(self) -> socket.socket:
		self._answered = False
		if self._socket is not None and not self._alive():
			self.hang_up()
		if self._socket is None:
			try:
				self._socket = socket.create_connection((self.host, self.port), CONNECT_SECONDS)
			except OSError as error:
				raise Unreachable(str(error)) from error
		return self._socket

	def _alive(self) -> bool:
		"""Whether the peer has not hung up meanwhile; what it said unasked is kept out of the next answer."""
		self._socket.setblocking(False)
		try:
			data = self._socket.recv(_READ)
		except BlockingIOError:
			return True
		except OSError:
			return False
		self._take(data)
		return bool(data)

	def _answer_to(self, control_id: str) -> Acknowledgement:
		ends = time.monotonic() + self.seconds
		while True:
			while self._frames:
				answer = self._read(self._frames.pop(0))
				if answer and answer.control_id == control_id:
					self._answered = True
					return answer
			left = ends - time.monotonic()
			if left <= 0:
				raise TimeoutError
			self._socket.settimeout(left)
			data = self._socket.recv(_READ)
			if not data:
				raise ConnectionError("the LIS hung up")
			self._take(data)

	def _take(self, data: bytes) -> None:
		self._frames += [event.payload for event in self._decoder.feed(data) if isinstance(event, Frame)]

	def _read(self, payload: bytes) -> Acknowledgement | None:
		"""Return the acknowledgement in a frame, or None when it is none we can read."""
		try:
			text = encoding.decode(payload, declared_charset(clean(payload)), self.setting).text
		except encoding.WrongEncoding as error:
			text = error.readable  # its codes are ASCII: only the words may look odd
		try:
			return ack.read_ack(text)
		except NotHL7:
			return None
