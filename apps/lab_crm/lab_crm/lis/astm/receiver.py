"""The receiving side of E1381: from ENQ to EOT, one frame at a time, each answered ACK or NAK.

The frame with which a message ends is answered only when the message is stored. Time is given by the caller,
in seconds of any clock that never goes back.
"""

import re

from lab_crm.lis.astm import frames
from lab_crm.lis.astm.events import Arrived, Broken, Event, Write
from lab_crm.lis.astm.frames import ACK, CUT_SHORT, ENQ, NAK, STX, TOO_LONG, Frame

SILENCE = 30.0  # seconds without a frame after which the session is given up (E1381 section 6.5.2)
MAX_MESSAGE = 8 * 1024 * 1024
HEAD = 4096  # bytes kept of a message that is too long
_IN_SESSION, _OUTSIDE = re.compile(b"[\x02\x04\x05]"), re.compile(b"[\x04\x05]")
_TAIL = 5  # bytes at the end of the buffer in which a frame's end may still be incomplete


class Receiver:
	"""What comes from the other side while it is the sender.

	Args:
		max_message: bytes of one message.
		max_frame: bytes of one frame.
	"""

	def __init__(self, max_message: int = MAX_MESSAGE, max_frame: int = frames.LONG):
		self._max_message, self._max_frame = max_message, max_frame
		self._buffer = bytearray()
		self._scanned = 1  # bytes of it that hold no end of a frame
		self._long = False  # the frame that is coming is longer than we take
		self._message = bytearray()  # of the message that has not ended yet
		self._before = 0  # its length before the frame that ends it
		self._expected = 1
		self._accepted = -1  # number of the last frame that was taken in this session
		self._sound = True  # whether the last frame was taken
		self._open_record = False  # the record goes on in the next frame
		self._refusing = False  # the message is too long: nothing of it is taken any more
		self._told = False  # the caller had the whole message and did not want it
		self.active = False
		self.storing = False
		self.deadline: float | None = None
		self.garbage = 0  # bytes that belonged to no frame

	def feed(self, data: bytes, now: float) -> list[Event]:
		"""Take bytes; return what follows from them."""
		self._buffer += data
		return self._work(now)

	def stored(self, good: bool, now: float) -> list[Event]:
		"""The message that arrived is on disk, or cannot be stored: answer its last frame.

		A peer that did not wait for the answer and sent on gets none: it would take it for another's.
		"""
		self.storing = False
		self._touch(now)
		while self._buffer[:1] in (b"\r", b"\n"):
			del self._buffer[0]
		answer: list[Event] = [] if self._buffer else [Write(ACK if good else NAK)]
		if good:
			self._message.clear()
			self._advance()
		else:
			del self._message[self._before :]
			self._sound, self._told = False, True
		return answer + self._work(now)

	def tick(self, now: float) -> list[Event]:
		"""Give the session up when its time is over."""
		if self.deadline is None or now < self.deadline:
			return []
		self._buffer.clear()
		return self._end("the analyser fell silent inside a session")

	def close(self) -> list[Event]:
		"""The connection is gone."""
		self.storing = False
		return self._end("the connection broke off inside a session") if self.active else []

	def _work(self, now: float) -> list[Event]:
		events: list[Event] = []
		while self._buffer and not self.storing:
			self._skip()
			lead = bytes(self._buffer[:1])
			if lead == STX:
				if not self._frame(events, now):
					break
			elif lead:
				del self._buffer[0]
				self._control(lead, events, now)
		return events

	def _skip(self) -> None:
		"""Drop what means nothing here."""
		found = (_IN_SESSION if self.active else _OUTSIDE).search(self._buffer)
		stray = self._buffer[: found.start() if found else len(self._buffer)]
		self.garbage += len(stray.strip(b"\r\n"))
		del self._buffer[: len(stray)]

	def _control(self, lead: bytes, events: list[Event], now: float) -> None:
		"""A byte that begins or ends a session."""
		if lead == ENQ:
			events += self._end("the analyser began anew") if self.active else []
			self._begin(now)
			events.append(Write(ACK))
		elif self.active:
			events += self._end("")

	def _frame(self, events: list[Event], now: float) -> bool:
		"""Take the next frame; return whether there was a whole one."""
		found = frames.take(self._buffer, self._max_frame, self._scanned)
		if found is None:
			self._scanned = max(len(self._buffer) - _TAIL, 1)
			return False
		self._scanned = 1
		if found.fault == TOO_LONG:  # answered when its end comes
			self._long = True
			return False
		found, self._long = Frame(fault=TOO_LONG) if self._long else found, False
		self._touch(now)
		if found.fault == CUT_SHORT:
			self._sound = False  # what cut it short is answered, not the frame
		elif not found.fault and found.number == self._accepted:
			events.append(Write(ACK))  # our answer was lost: it is the frame we have
		elif found.fault or found.number != self._expected or not self._fits(found, events):
			self._sound = False
			events.append(Write(NAK))
		else:
			self._take(found, events)
		return True

	def _fits(self, found: Frame, events: list[Event]) -> bool:
		if len(self._message) + len(found.text) > self._max_message and not self._refusing:
			self._refusing = True
			events.append(Broken(bytes(self._message[:HEAD]), "the message is longer than we take"))
			self._message.clear()
		return not self._refusing

	def _take(self, found: Frame, events: list[Event]) -> None:
		self._before = len(self._message)
		self._message += found.text
		self._open_record = not found.last
		if found.last and ends_message(self._message):
			self.storing, self.deadline = True, None
			events.append(Arrived(bytes(self._message), waiting=True))
			return
		self._advance()
		events.append(Write(ACK))

	def _advance(self) -> None:
		self._accepted = self._expected
		self._expected = (self._expected + 1) % frames.NUMBERS
		self._sound, self._told = True, False

	def _begin(self, now: float) -> None:
		self._message.clear()
		self._expected, self._accepted = 1, -1
		self._sound, self._told = True, False
		self._open_record, self._refusing, self._long = False, False, False
		self.active = True
		self._touch(now)

	def _end(self, reason: str) -> list[Event]:
		"""Close the session; what it left without its last record is not lost.

		Args:
			reason: why it was given up; empty when the peer ended it.
		"""
		message = bytes(self._message)
		self._message.clear()
		self.active, self.deadline = False, None
		if self._told or not message.strip():
			return []
		if not reason and self._sound and not self._open_record:
			return [Arrived(message, waiting=False)]
		return [Broken(message, reason or "the analyser broke the message off")]

	def _touch(self, now: float) -> None:
		self.deadline = now + SILENCE


def ends_message(text: bytes | bytearray) -> bool:
	"""Whether the last record of a text is the message terminator (L)."""
	stripped = bytes(text[-512:]).rstrip(b"\r\n ")
	last = stripped[max(stripped.rfind(b"\r"), stripped.rfind(b"\n")) + 1 :]
	return last[:1] == b"L" and not last[1:2].isalnum()
