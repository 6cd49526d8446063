"""A LIS played by a foreign library (python-hl7), which can also refuse, keep silent and hang up."""

import asyncio
import threading

import hl7
from hl7.mllp import InvalidBlockError, start_hl7_server

from tests.support.mllp import free_port


class Peer:
	"""A LIS played by python-hl7 in a thread of its own. `behave` is called with each message and returns the
	MSA-1 to answer with, None for silence, or raises ConnectionError to hang up.
	"""

	def __init__(self, port: int | None = None):
		self.port = port or free_port()
		self.received: list[hl7.Message] = []
		self.behave = lambda message: "AA"
		self._loop = asyncio.new_event_loop()
		self._writers = set()
		self._server = None
		self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

	def start(self) -> "Peer":
		self._thread.start()
		opening = start_hl7_server(self._converse, "127.0.0.1", self.port, encoding="utf-8")
		self._server = asyncio.run_coroutine_threadsafe(opening, self._loop).result(10)
		return self

	def stop(self) -> None:
		asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
		self._loop.call_soon_threadsafe(self._loop.stop)
		self._thread.join(10)
		self._loop.close()

	async def _close(self):
		self._server.close()
		for writer in list(self._writers):
			writer.close()
		tasks = asyncio.all_tasks() - {asyncio.current_task()}
		for task in tasks:
			task.cancel()
		await asyncio.gather(*tasks, return_exceptions=True)

	async def _converse(self, reader, writer):
		self._writers.add(writer)
		try:
			while True:
				message = await reader.readmessage()
				self.received.append(message)
				code = self.behave(message)
				if code:
					writer.writemessage(message.create_ack(code, application="PEER"))
					await writer.drain()
		except (asyncio.IncompleteReadError, ConnectionError, InvalidBlockError):
			pass
		finally:
			self._writers.discard(writer)
			writer.close()

	def field(self, number: int, segment: str, field: int) -> str:
		"""A field of the n-th message received."""
		return str(self.received[number].segment(segment)[field])
