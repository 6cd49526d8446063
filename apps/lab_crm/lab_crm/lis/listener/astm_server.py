"""The asyncio server of analysers that speak ASTM: the pure line (`lis.astm.link`) on a TCP connection.

The last frame of a message is answered only after its rows are on disk; a question is answered once the line
is free.
"""

import asyncio
import ipaddress
import logging
from functools import partial

from lab_crm.lis.astm.events import Arrived, Broken, Event, Sent, Unsent, Write
from lab_crm.lis.astm.link import Link
from lab_crm.lis.hl7 import encoding
from lab_crm.lis.listener.astm_intake import AstmDesk, Entry
from lab_crm.lis.listener.server import Server, address_of
from lab_crm.lis.listener.store import Profile, Unstorable
from lab_crm.lis.listener.writer import Result

log = logging.getLogger("lab_crm.lis.listener")

ANSWER = "lab_crm.lis.analysers.answer"
KEEP = "lab_crm.lis.analysers.keep_answer"


class AstmConnection(asyncio.Protocol):
	"""One analyser.

	Args:
		server: what its connections share.
		called: the LIS Connection, when it is we who call the analyser.
	"""

	def __init__(self, server: "AstmServer", called: Profile | None = None):
		self._server = server
		self._called = called
		self.lost = asyncio.get_running_loop().create_future()
		self._link = Link(server.limits.message)
		self._transport: asyncio.Transport | None = None
		self._timer: asyncio.TimerHandle | None = None
		self._answers: dict[str, tuple[str, str]] = {}  # key → question and answer that is on its way
		self._spoke = False
		self._ending = False
		self._loop = asyncio.get_running_loop()
		self._heard = self._loop.time()
		self.peer = ipaddress.ip_address("0.0.0.0")

	# what the event loop calls

	def connection_made(self, transport: asyncio.Transport) -> None:
		self._transport = transport
		self.peer = address_of(transport)
		if not self._called and not self._server.welcome(self):
			transport.abort()
			return
		self._wait()

	def data_received(self, data: bytes) -> None:
		if self._ending:
			return  # not taken, so not answered: it will be sent again
		self._heard = self._loop.time()
		self._do(self._link.feed(data, self._heard))
		if self._link.garbage > self._server.limits.garbage and not self._spoke and self._transport:
			log.warning("%s: closed, it does not speak ASTM", self.peer)
			self._transport.abort()

	def connection_lost(self, error: Exception | None) -> None:
		if self._timer:
			self._timer.cancel()
		self._transport = None
		self._do(self._link.close())
		self._server.forget(self)
		if not self.lost.done():
			self.lost.set_result(None)

	# what the server calls

	def finish(self) -> None:
		"""Take no more; close once everything taken is answered."""
		self._ending = True
		if self._transport and not self._link.storing:
			self._transport.close()

	# inside

	def _do(self, events: list[Event]) -> None:
		for event in events:
			match event:
				case Write(data):
					if self._transport:
						self._transport.write(data)
				case Arrived(message, waiting):
					self._arrived(message, waiting)
				case Broken(message, reason):
					log.warning("%s: %d bytes not taken: %s", self.peer, len(message), reason)
					self._keep(self._server.desk.broken(message, reason, self.peer, self._called))
				case Sent(key):
					self._gone(key, None)
				case Unsent(key, reason):
					log.warning("%s: an answer was not taken: %s", self.peer, reason)
					self._gone(key, reason)
		self._wait()

	def _arrived(self, message: bytes, waiting: bool) -> None:
		self._spoke = True
		entries = self._server.desk.examine(message, self.peer, self._called)
		for entry in entries:
			if not entry.taken:
				log.warning("%s: a message is refused: %s", self.peer, entry.row.error)
		self._server.submit([entry.row for entry in entries], partial(self._stored, entries, waiting))

	def _stored(self, entries: list[Entry], waiting: bool, result: Result) -> None:
		"""Its rows are on disk, or cannot be."""
		failed = isinstance(result, Unstorable)
		if waiting:
			good = not failed and all(entry.taken for entry in entries)
			self._do(self._link.stored(good, self._loop.time()))
		if not failed:
			for entry, place in zip(entries, result, strict=True):
				if entry.asks and entry.profile and entry.profile.answers_queries:
					done = partial(self._answer, place.name, entry.profile)
					self._server.ask(ANSWER, done, message=place.name)
		if self._ending:
			self.finish()

	def _keep(self, entry: Entry) -> None:
		self._server.submit([entry.row], lambda _result: None)

	def _answer(self, question: str, profile: Profile, text: str | None) -> None:
		"""The answer to a question is known: it goes when the line is free."""
		if not text:
			return
		if self._transport is None or self._ending:
			self._server.ask(KEEP, question=question, text=text, error="the connection broke off")
			return
		key = f"{question}/{self._loop.time()}"
		self._answers[key] = (question, text)
		message = encoding.encode(text, encoding.SETTINGS[profile.encoding][0])
		self._do(self._link.send(key, message, profile.frame_size, self._loop.time()))

	def _gone(self, key: str, error: str | None) -> None:
		question, text = self._answers.pop(key)
		self._server.ask(KEEP, question=question, text=text, error=error)

	def _wait(self) -> None:
		"""Wake up when the line's time is over, or the connection's that says nothing at all."""
		if self._timer:
			self._timer.cancel()
		if self._transport is None:
			return
		due = self._link.deadline if self._link.busy else self._heard + self._server.limits.idle
		self._timer = self._loop.call_at(due, self._time_out) if due is not None else None

	def _time_out(self) -> None:
		now = self._loop.time()
		if not self._link.busy and now >= self._heard + self._server.limits.idle:
			log.info("%s: closed after silence", self.peer)
			if self._transport:
				self._transport.close()
			return
		self._do(self._link.tick(now))


class AstmServer(Server):
	"""Listens for analysers; arguments as of `Server`."""

	desk_class = AstmDesk
	connection_class = AstmConnection

	def adopt(self, connection: AstmConnection) -> None:
		"""Count a connection that we opened, so that it ends with the others."""
		self._connections.add(connection)
