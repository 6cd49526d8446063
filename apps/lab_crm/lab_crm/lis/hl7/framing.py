"""MLLP framing: a message travels as 0x0B <message> 0x1C 0x0D over a byte stream.

TCP cuts the stream anywhere, so one read may hold half a message or several. What stands outside a frame, or
in a frame that never ends, is no message: it is dropped and reported, and the decoder finds the next start by
itself.
Source: HL7 Minimal Lower Layer Protocol, release 1.
"""

from dataclasses import dataclass

START = b"\x0b"
END = b"\x1c\x0d"
MEBIBYTE = 1024 * 1024
MAX_MESSAGE = 8 * MEBIBYTE
HEAD = 4096  # bytes of an oversize message kept, enough to read its MSH

# A start byte in the middle of a frame is taken for a new message only when a message really begins there.
_RESTARTS = (b"\x0bMSH", b"\x0bFHS", b"\x0bBHS")
_RESTART_LENGTH = 4


@dataclass(frozen=True, slots=True)
class Frame:
	"""One whole message, without its framing bytes."""

	payload: bytes


@dataclass(frozen=True, slots=True)
class Garbage:
	"""Bytes that belong to no whole frame: `size` of them were dropped, `head` is how they began."""

	size: int
	head: bytes
	reason: str


@dataclass(frozen=True, slots=True)
class Oversize:
	"""A message over the limit: `size` bytes were read and dropped, `head` is how it began."""

	size: int
	head: bytes


def wrap(payload: bytes) -> bytes:
	"""Return `payload` as one MLLP frame."""
	return START + payload + END


class FrameDecoder:
	"""Incremental decoder of one connection's byte stream.

	Args:
		max_message: limit of one message in bytes; what is longer is skipped, not kept in memory.
	"""

	def __init__(self, max_message: int = MAX_MESSAGE):
		self.max_message = max_message
		self._buffer = bytearray()
		self._step = self._seek  # what to do with the buffer: _seek, _collect or _skip
		self._scanned = 0  # bytes of the buffer known to hold no end
		self._skipped = 0  # bytes of an oversize message dropped so far
		self._head = b""

	@property
	def waiting(self) -> int:
		"""Bytes of an unfinished message received so far."""
		return len(self._buffer) + self._skipped

	def feed(self, data: bytes) -> list[Frame | Garbage | Oversize]:
		"""Take the next bytes of the stream; return what they complete, in order."""
		self._buffer += data
		events: list[Frame | Garbage | Oversize] = []
		while self._step(events):
			pass
		return events

	def close(self) -> list[Garbage]:
		"""The stream ended: report what was left unfinished."""
		left = [
			Garbage(
				self.waiting, self._head or bytes(self._buffer[:HEAD]), "the stream ended inside a message"
			)
		]
		inside = self._step != self._seek
		self.__init__(self.max_message)
		return left if inside else []

	def _seek(self, events: list) -> bool:
		"""Outside a frame: find the start byte. Returns whether another step may follow, as all steps do."""
		start = self._buffer.find(START)
		stray = bytes(self._buffer if start < 0 else self._buffer[:start])
		if stray.strip(b"\r\n"):
			events.append(Garbage(len(stray), stray[:HEAD], "bytes outside a frame"))
		if start < 0:
			self._buffer.clear()
			return False
		del self._buffer[: start + 1]
		self._step, self._scanned = self._collect, 0
		return True

	def _collect(self, events: list) -> bool:
		"""Inside a frame: find the end bytes."""
		end = self._buffer.find(END, max(self._scanned - 1, 0))
		if end >= 0:
			payload = bytes(self._buffer[:end])
			del self._buffer[: end + len(END)]
			self._step = self._seek
			self._deliver(payload.lstrip(START), events)
			return True
		self._scanned = len(self._buffer)
		if self._scanned <= self.max_message:
			return False
		self._head = bytes(self._buffer[:HEAD])
		self._step = self._skip
		return True

	def _deliver(self, payload: bytes, events: list) -> None:
		"""Report a whole frame; a message cut off by the next one's start counts as garbage."""
		begin = max((START + payload).rfind(mark) for mark in _RESTARTS) if START in payload else 0
		if begin > 0:
			events.append(
				Garbage(begin, payload[: min(begin, HEAD)], "a message began before the last one ended")
			)
			payload = payload[begin:]
		if len(payload) > self.max_message:
			events.append(Oversize(len(payload), payload[:HEAD]))
		else:
			events.append(Frame(payload))

	def _skip(self, events: list) -> bool:
		"""Inside an oversize message: drop bytes until it ends or another begins."""
		end = self._buffer.find(END)
		restart = min((at for at in map(self._buffer.find, _RESTARTS) if at >= 0), default=-1)
		if end < 0 and restart < 0:
			spare = max(len(self._buffer) - _RESTART_LENGTH, 0)
			del self._buffer[:spare]
			self._skipped += spare
			return False
		ended = restart < 0 or 0 <= end < restart
		events.append(Oversize(self._skipped + (end if ended else restart), self._head))
		del self._buffer[: end + len(END) if ended else restart + 1]
		self._step = self._seek if ended else self._collect
		self._scanned, self._skipped, self._head = 0, 0, b""
		return True
