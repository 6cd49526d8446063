"""The sending side of E1381: ENQ, frames one by one, EOT. Time is given by the caller, in seconds."""

from lab_crm.lis.astm.events import Event, Sent, Unsent, Write
from lab_crm.lis.astm.frames import ACK, ENQ, EOT, NAK

REPLY = 15.0  # seconds the other side has for an answer (E1381 section 6.5.2)
BUSY = 10.0  # seconds before the next ENQ after a NAK, or after a failure
CONTENTION = 20.0  # seconds before the next ENQ after both have sent one: the analyser goes first
MOST_REFUSALS = 6  # of one frame, after which the message is given up
MOST_TRIES = 3  # sessions begun for one message


class Sender:
	"""One message of ours on its way. It is free to be dropped once `active` is False.

	Args:
		key: what the caller calls the message.
		frames: its frames, in order.
	"""

	def __init__(self, key: str, frames: list[bytes]):
		self.key = key
		self._frames = frames
		self._place = -1  # of the frame that waits for its answer; -1: the ENQ does
		self._refusals = 0
		self._tries = 0
		self.active = False
		self.finished = False
		self.not_before = 0.0  # when the next session may begin
		self.deadline: float | None = None

	def start(self, now: float) -> list[Event]:
		"""Begin a session."""
		self._place, self._refusals, self.active = -1, 0, True
		self._tries += 1
		self.deadline = now + REPLY
		return [Write(ENQ)]

	def reply(self, byte: bytes, now: float) -> list[Event]:
		"""Take one byte of the other side."""
		if self._place < 0:
			return self._on_call(byte, now)
		if byte == ACK:
			return self._next(now)
		if byte == EOT:  # it has the frame, and wants the line
			if self._place == len(self._frames) - 1:
				return self._finish()
			return self._fail("the analyser interrupted the message", now + REPLY, end=True)
		self._refusals += 1
		if self._refusals >= MOST_REFUSALS:
			return self._fail(f"the analyser refused a frame {MOST_REFUSALS} times", now + BUSY, end=True)
		return self._write(now)

	def tick(self, now: float) -> list[Event]:
		"""Give the session up when no answer came in time."""
		if self.deadline is None or now < self.deadline:
			return []
		return self._fail("the analyser did not answer", now + BUSY, end=True)

	def close(self) -> list[Event]:
		"""The connection is gone."""
		return [] if self.finished else self._give_up("the connection broke off")

	def _on_call(self, byte: bytes, now: float) -> list[Event]:
		if byte == ACK:
			return self._next(now)
		if byte == ENQ:  # not counted as a try: the analyser has something to say first
			self._tries -= 1
			return self._fail("the analyser did not stop sending", now + CONTENTION, end=False)
		if byte == NAK:
			return self._fail("the analyser is busy", now + BUSY, end=False)
		return []

	def _next(self, now: float) -> list[Event]:
		self._place += 1
		self._refusals = 0
		if self._place == len(self._frames):
			return self._finish()
		return self._write(now)

	def _write(self, now: float) -> list[Event]:
		self.deadline = now + REPLY
		return [Write(self._frames[self._place])]

	def _finish(self) -> list[Event]:
		self.active, self.finished, self.deadline = False, True, None
		return [Write(EOT), Sent(self.key)]

	def _fail(self, reason: str, not_before: float, end: bool) -> list[Event]:
		"""End the session; the message is tried again, but not for ever."""
		self.active, self.deadline, self.not_before = False, None, not_before
		events: list[Event] = [Write(EOT)] if end else []
		return events + (self._give_up(reason) if self._tries >= MOST_TRIES else [])

	def _give_up(self, reason: str) -> list[Event]:
		self.active, self.finished, self.deadline = False, True, None
		return [Unsent(self.key, reason)]
