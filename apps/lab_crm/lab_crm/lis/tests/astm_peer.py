"""An analyser spoken by hand, and the server it speaks to, without a database."""

import asyncio
import ipaddress

from lab_crm.lis.astm import frames
from lab_crm.lis.astm.frames import ACK, ENQ, EOT
from lab_crm.lis.listener.astm_server import AstmServer
from lab_crm.lis.listener.settings import Limits
from lab_crm.lis.listener.store import ASTM, Profile
from lab_crm.lis.tests.test_listener import FakeStore

HEAD = "H|\\^&|||BC20|||||LABCRM||P|LIS2-A2|20261121093000\r"
RESULT = f"{HEAD}P|1\rO|1|123456789012||^^^GLU\rR|1|^^^GLU^Глюкоза|5.4|ммоль/л\rL|1|N\r"
QUESTION = f"{HEAD}Q|1|^123456789012||^^^ALL||||||||O\rL|1|N\r"
REPLY = "H|\\^&|||LABCRM\rO|1|123456789012||^^^GLU\rL|1|N\r"
LOCAL = (ipaddress.ip_network("127.0.0.0/8"),)
ANALYSER = Profile("Analyser", "BC20", peers=LOCAL, protocol=ASTM, answers_queries=True)


class Analyser:
	"""A plain TCP client that speaks the line by hand."""

	def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
		self.reader, self.writer = reader, writer

	def write(self, *data: bytes) -> None:
		self.writer.write(b"".join(data))

	async def hears(self, count: int = 1) -> bytes:
		return await asyncio.wait_for(self.reader.readexactly(count), 5)

	async def says(self, *parts: bytes) -> bytes:
		"""The answers to parts sent one after the other."""
		answers = b""
		for part in parts:
			self.write(part)
			answers += await self.hears()
		return answers

	async def sends(self, text: str, codec: str = "utf-8") -> bytes:
		"""The answers to a whole message."""
		answers = await self.says(ENQ, *frames.cut(text.encode(codec)))
		self.write(EOT)
		return answers

	async def takes(self) -> bytes:
		"""The message the host sends, each frame acknowledged."""
		assert await self.hears() == ENQ
		message, buffer = b"", bytearray()
		self.write(ACK)
		while True:
			buffer += await self.hears()
			if buffer == EOT:
				return message
			if frame := frames.take(buffer) if buffer[:1] == frames.STX and buffer[-1:] == b"\n" else None:
				assert not frame.fault
				message += frame.text
				self.write(ACK)

	async def closed(self) -> bool:
		return await asyncio.wait_for(self.reader.read(), 5) == b""


class Clerk:
	"""Stands for the clerk: knows one answer, remembers what it was asked."""

	def __init__(self, reply: str | None = REPLY):
		self.reply = reply
		self.asked: list[tuple[str, dict]] = []

	def ask(self, method: str, done=None, **arguments) -> None:
		self.asked.append((method, arguments))
		if done:
			asyncio.get_running_loop().call_soon(done, self.reply)


def run_with(make_server, peer_class, story) -> None:
	"""Run `story(connect)` against a server; `connect` gives a peer of the class."""

	async def run():
		server = make_server()
		port = await server.start("127.0.0.1", 0)
		peers = []

		async def connect():
			peers.append(peer_class(*await asyncio.open_connection("127.0.0.1", port)))
			return peers[-1]

		try:
			await story(connect)
		finally:
			for peer in peers:
				peer.writer.close()
			await server.stop()

	asyncio.run(run())


def serve(story, profiles: tuple = (ANALYSER,), clerk: Clerk | None = None, **limits) -> FakeStore:
	"""Run `story(server, connect, store, clerk)` against a server; return the store."""
	store, clerk, servers = FakeStore(), clerk or Clerk(), []

	def make() -> AstmServer:
		given = Limits(**{"grace": 2, **limits})
		servers.append(AstmServer(store.submit, list(profiles), given, clerk.ask))
		return servers[0]

	async def told(connect):
		await story(servers[0], connect, store, clerk)

	run_with(make, Analyser, told)
	return store


async def until(condition) -> None:
	"""Let the loop go on until something is so."""
	async with asyncio.timeout(5):
		while not condition():
			await asyncio.sleep(0.01)
