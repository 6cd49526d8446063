"""One line to an analyser: who may speak when, both ways over the same bytes (E1381).

Pure: bytes and the time go in, events come out. The caller writes what `Write` says, stores what `Arrived`
brings and tells `stored`, and calls `tick` when `deadline` has passed.
"""

from collections import deque

from lab_crm.lis.astm import frames
from lab_crm.lis.astm.events import Event
from lab_crm.lis.astm.receiver import MAX_MESSAGE, Receiver
from lab_crm.lis.astm.sender import Sender


class Link:
	"""The state of one connection.

	Args:
		max_message: bytes of one incoming message.
		max_frame: bytes of one incoming frame.
	"""

	def __init__(self, max_message: int = MAX_MESSAGE, max_frame: int = frames.LONG):
		self._receiver = Receiver(max_message, max_frame)
		self._queue: deque[Sender] = deque()

	@property
	def deadline(self) -> float | None:
		"""When `tick` must be called at the latest; None while there is nothing to wait for."""
		head = self._head
		if head is not None and head.active:
			return head.deadline
		if self._receiver.active:
			return self._receiver.deadline
		return head.not_before if head is not None else None

	@property
	def busy(self) -> bool:
		"""Whether a session is going on or a message of ours waits."""
		return self._receiver.active or self._head is not None

	@property
	def storing(self) -> bool:
		"""Whether a message that arrived waits for `stored`."""
		return self._receiver.storing

	@property
	def garbage(self) -> int:
		"""Bytes that belonged to no frame so far."""
		return self._receiver.garbage

	def send(self, key: str, message: bytes, limit: int, now: float) -> list[Event]:
		"""Have a message sent when the line is free.

		Args:
			key: what `Sent` or `Unsent` will call it.
			message: records, each ended by CR.
			limit: bytes of one frame.
			now: the time.

		Raises:
			ValueError: the message holds a byte that is reserved for the line.
		"""
		self._queue.append(Sender(key, frames.cut(message, limit)))
		return self._call(now)

	def feed(self, data: bytes, now: float) -> list[Event]:
		"""Take bytes of the other side."""
		events: list[Event] = []
		place = 0
		while place < len(data):
			head = self._head
			if head is None or not head.active:
				events += self._receiver.feed(data[place:], now)
				break
			events += head.reply(data[place : place + 1], now)
			place += 1
		return events + self._call(now)

	def stored(self, good: bool, now: float) -> list[Event]:
		"""Say that the message that arrived is stored, or that it cannot be."""
		return self._receiver.stored(good, now) + self._call(now)

	def tick(self, now: float) -> list[Event]:
		"""Do what the time asks for."""
		head = self._head
		if head is not None and head.active:
			return head.tick(now) + self._call(now)
		return self._receiver.tick(now) + self._call(now)

	def close(self) -> list[Event]:
		"""The connection is gone."""
		events = self._receiver.close()
		while self._queue:
			events += self._queue.popleft().close()
		return events

	@property
	def _head(self) -> Sender | None:
		while self._queue and self._queue[0].finished:
			self._queue.popleft()
		return self._queue[0] if self._queue else None

	def _call(self, now: float) -> list[Event]:
		"""Begin to send when the line is free and the pause is over."""
		head = self._head
		if head is None or head.active or self._receiver.active or now < head.not_before:
			return []
		return head.start(now)
