"""The asyncio MLLP server: frames in, acknowledgements out, in the order of the frames, each only after its
rows are on disk.
"""

import asyncio
import ipaddress
import logging
from collections import deque
from collections.abc import Callable
from datetime import datetime
from functools import partial

from lab_crm.lis.hl7 import encoding
from lab_crm.lis.hl7.framing import Frame, FrameDecoder, Garbage, Oversize, wrap
from lab_crm.lis.listener import intake
from lab_crm.lis.listener.intake import Desk, Entry, Intake
from lab_crm.lis.listener.settings import Limits
from lab_crm.lis.listener.store import Profile, Row, Saved, Unstorable
from lab_crm.lis.listener.writer import Done, Result

log = logging.getLogger("lab_crm.lis.listener")

_PARTING = 0.2  # seconds between our last answer and the close

Submit = Callable[[list[Row], Done], None]
Ask = Callable[..., None]
ANSWER = "lab_crm.lis.analysers.answer_hl7"


class Slot:
	"""The place of one frame's answer in the row of answers of a connection."""

	__slots__ = ("answer", "done")

	def __init__(self):
		self.done = False
		self.answer: bytes | None = None


class Connection(asyncio.Protocol):
	"""One peer. Frames are submitted as they come (pipelining); answers leave in their order."""

	def __init__(self, server: "Server"):
		self._server = server
		self._limits = server.limits
		self._decoder = FrameDecoder(server.limits.message)
		self._slots: deque[Slot] = deque()
		self._transport: asyncio.Transport | None = None
		self._timer: asyncio.TimerHandle | None = None
		self._garbage = 0
		self._frames = 0
		self._paused = self._choked = self._ending = self._parting = False
		self.peer = ipaddress.ip_address("0.0.0.0")

	# what the event loop calls

	def connection_made(self, transport: asyncio.Transport) -> None:
		self._transport = transport
		self.peer = address_of(transport)
		if not self._server.welcome(self):
			transport.abort()
			return
		self._touch()

	def data_received(self, data: bytes) -> None:
		if self._ending:
			return  # not taken, so not answered: it will be sent again
		for event in self._decoder.feed(data):
			if isinstance(event, Garbage):
				self._drop(event)
			else:
				self._take(event)
		self._touch()
		self._steer()

	def eof_received(self) -> bool:
		"""The peer has said all; keep the connection for the answers it still waits for."""
		self._ending = True
		for event in self._decoder.close():
			self._drop(event)
		return bool(self._slots)

	def connection_lost(self, error: Exception | None) -> None:
		if self._timer:
			self._timer.cancel()
		for event in self._decoder.close():
			self._drop(event)
		self._transport = None
		self._server.forget(self)

	def pause_writing(self) -> None:
		self._choked = True
		self._steer()

	def resume_writing(self) -> None:
		self._choked = False
		self._steer()

	# what the server calls

	@property
	def busy(self) -> bool:
		"""Whether something it sent is not answered yet."""
		return bool(self._slots)

	def finish(self) -> None:
		"""Take no more; close once everything taken is answered."""
		self._ending = True
		self._flush()

	# inside

	def _take(self, event: Frame | Oversize) -> None:
		self._frames += 1
		slot = Slot()
		self._slots.append(slot)
		self._store(self._server.desk.examine(event, self.peer), slot)

	def _store(self, frame: Intake, slot: Slot) -> None:
		def done(result: Result) -> None:
			self._stored(frame, slot, result)

		self._server.submit([entry.row for entry in frame.entries], done)

	def _stored(self, frame: Intake, slot: Slot, result: Result) -> None:
		"""Its rows are on disk (or cannot be): answer, unless a control ID turned out to be used for
		something else.
		"""
		if isinstance(result, Unstorable):
			frame.entries = [intake.unstorable(entry) for entry in frame.entries]
			result = [Saved("0")] * len(frame.entries)
		elif mixed := [at for at, place in enumerate(result) if not place.fresh and not place.same_body]:
			for at in mixed:
				frame.entries[at] = intake.mixed_up(frame.entries[at])
			self._store(frame, slot)
			return
		_report(frame.entries, self.peer)
		if self._server.ask and intake.asks(frame):
			done = partial(self._answered, frame, slot, result)
			self._server.ask(ANSWER, done, message=result[0].name)
			return
		self._answer(frame, slot, result)

	def _answered(self, frame: Intake, slot: Slot, result: list[Saved], text: str | None) -> None:
		"""The answer to a question is known, or there is none."""
		if text is None:
			frame.entries = [intake.unanswered(entry) for entry in frame.entries]
			self._answer(frame, slot, result)
			return
		slot.answer, slot.done = encoding.encode(text, frame.entries[0].codec), True
		self._flush()

	def _answer(self, frame: Intake, slot: Slot, result: list[Saved]) -> None:
		slot.answer, slot.done = intake.answer(frame, result, datetime.now().astimezone()), True
		self._flush()

	def _flush(self) -> None:
		"""Send the answers that are next in order."""
		while self._slots and self._slots[0].done:
			answer = self._slots.popleft().answer
			if answer and self._transport:
				self._transport.write(wrap(answer))
		if self._ending and not self._slots:
			self._say_goodbye()
		self._steer()

	def _say_goodbye(self) -> None:
		"""Close. The peer is read a moment longer: a reset could overtake our last answer."""
		transport = self._transport
		if transport is None or transport.is_closing() or self._parting:
			return
		self._parting = True
		transport.write_eof()
		asyncio.get_running_loop().call_later(_PARTING, transport.close)

	def _drop(self, event: Garbage) -> None:
		log.warning("%s: %d bytes dropped: %s", self.peer, event.size, event.reason)
		self._garbage += event.size
		if self._garbage > self._limits.garbage and not self._frames and self._transport:
			log.warning("%s: closed, it does not speak MLLP", self.peer)
			self._transport.abort()

	def _steer(self) -> None:
		"""Read on or hold the peer back, as the queue of answers allows."""
		if self._transport is None or self._transport.is_closing():
			return
		wanted = self._choked or len(self._slots) >= self._limits.pending
		if wanted and not self._paused:
			self._transport.pause_reading()
		elif self._paused and not wanted:
			self._transport.resume_reading()
		self._paused = wanted

	def _touch(self) -> None:
		"""Start the clock of silence anew; it runs faster inside a message."""
		if self._timer:
			self._timer.cancel()
		waiting = self._decoder.waiting
		seconds = self._limits.unfinished if waiting else self._limits.idle
		self._timer = asyncio.get_running_loop().call_later(seconds, self._time_out, waiting)

	def _time_out(self, waiting: int) -> None:
		if self._slots:  # the silence is ours
			self._touch()
			return
		log.info("%s: closed after silence%s", self.peer, " inside a message" if waiting else "")
		if self._transport:
			self._transport.close()


class Server:
	"""Listens, and keeps what its connections share.

	Args:
		submit: has rows stored together and calls back in the event loop.
		profiles: the enabled LIS Connections.
		limits: what one peer may cost.
		ask: has a function of the app called (`Clerk.ask`); None: questions are only acknowledged.
	"""

	desk_class: type = Desk
	connection_class: type = Connection

	def __init__(self, submit: Submit, profiles: list[Profile], limits: Limits, ask: Ask | None = None):
		self.submit = submit
		self.ask = ask
		self.limits = limits
		self.desk = self.desk_class(profiles)
		self._connections: set[asyncio.Protocol] = set()
		self._server: asyncio.Server | None = None

	def know(self, profiles: list[Profile]) -> None:
		"""Use these connections from now on."""
		self.desk = self.desk_class(profiles)

	async def start(self, host: str, port: int) -> int:
		"""Listen; return the port (that of the system's choice when `port` is 0)."""
		loop = asyncio.get_running_loop()
		self._server = await loop.create_server(lambda: self.connection_class(self), host, port, backlog=128)
		return self._server.sockets[0].getsockname()[1]

	async def stop(self) -> None:
		"""Take no more, answer what was taken, close. Gives up after `limits.grace` seconds."""
		self._server.close()
		for connection in list(self._connections):
			connection.finish()
		ends = asyncio.get_running_loop().time() + self.limits.grace
		while self._connections and asyncio.get_running_loop().time() < ends:
			await asyncio.sleep(0.02)

	def welcome(self, connection: Connection) -> bool:
		"""Whether a peer may stay; it is counted when it may."""
		if not self.desk.admits(connection.peer):
			log.warning("%s: refused, no connection allows this address", connection.peer)
			return False
		if len(self._connections) >= self.limits.connections:
			log.error("%s: refused, %d connections are open", connection.peer, len(self._connections))
			return False
		self._connections.add(connection)
		return True

	def forget(self, connection: Connection) -> None:
		"""The peer is gone."""
		self._connections.discard(connection)


def address_of(transport: asyncio.Transport) -> intake.Address:
	peer = ipaddress.ip_address((transport.get_extra_info("peername") or ("0.0.0.0",))[0])
	return getattr(peer, "ipv4_mapped", None) or peer


def _report(entries: list[Entry], peer: intake.Address) -> None:
	for entry in entries:
		if entry.problem:
			head = entry.header
			log.warning(
				"%s: %s %s refused: %s",
				peer,
				head.message_type or "message",
				head.control_id,
				entry.problem.detail,
			)
