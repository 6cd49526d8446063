"""An analyser that is the TCP server: we call it, take its results, and call again when the line breaks."""

import asyncio

from lab_crm.lis.astm.frames import ACK
from lab_crm.lis.listener.astm_server import AstmServer
from lab_crm.lis.listener.dialler import Dialler
from lab_crm.lis.listener.settings import Limits
from lab_crm.lis.listener.store import ASTM, Profile
from lab_crm.lis.tests.astm_peer import QUESTION, REPLY, RESULT, Analyser, Clerk
from lab_crm.lis.tests.test_listener import FakeStore
from tests.support.mllp import free_port


class Waiting:
	"""An analyser that waits to be called."""

	def __init__(self, port: int | None = None):
		self.port = port or free_port()
		self.calls: asyncio.Queue[Analyser] = asyncio.Queue()
		self._writers: list[asyncio.StreamWriter] = []

	async def __aenter__(self) -> "Waiting":
		self.server = await asyncio.start_server(self._called, "127.0.0.1", self.port)
		return self

	async def __aexit__(self, *_error) -> None:
		self.server.close()
		for writer in self._writers:
			writer.close()

	def _called(self, reader, writer) -> None:
		self._writers.append(writer)
		self.calls.put_nowait(Analyser(reader, writer))

	async def call(self) -> Analyser:
		return await asyncio.wait_for(self.calls.get(), 5)


def profile(port: int, name: str = "Waiting") -> Profile:
	return Profile(name, "Nobody", protocol=ASTM, answers_queries=True, address=("127.0.0.1", port))


def dial(story) -> FakeStore:
	"""Run `story(dialler, server)`; return the store."""
	store = FakeStore()

	async def run():
		server = AstmServer(store.submit, [], Limits(grace=2), Clerk().ask)
		await server.start("127.0.0.1", 0)
		dialler = Dialler(server, pause=0.05)
		try:
			await story(dialler, server)
		finally:
			await dialler.stop()
			await server.stop()

	asyncio.run(run())
	return store


def test_its_results_are_taken_and_its_questions_answered():
	async def story(dialler, server):
		async with Waiting() as waiting:
			dialler.know([profile(waiting.port)])
			analyser = await waiting.call()
			assert await analyser.sends(RESULT) == ACK * 6
			await analyser.sends(QUESTION)
			assert (await analyser.takes()).decode() == REPLY

	stored = [(row.connection, row.message_type) for row in dial(story).rows.values()]
	assert stored == [("Waiting", "ASTM^R"), ("Waiting", "ASTM^Q")]


def test_it_is_called_again_when_the_line_breaks():
	async def story(dialler, server):
		async with Waiting() as waiting:
			dialler.know([profile(waiting.port)])
			(await waiting.call()).writer.close()
			assert await (await waiting.call()).sends(RESULT) == ACK * 6

	assert len(dial(story).rows) == 1


def test_it_is_called_until_it_is_there():
	async def story(dialler, server):
		port = free_port()
		dialler.know([profile(port)])
		await asyncio.sleep(0.1)
		async with Waiting(port) as waiting:
			assert await (await waiting.call()).sends(RESULT) == ACK * 6

	dial(story)


def test_one_that_is_switched_off_is_hung_up_and_one_that_stays_is_not():
	async def story(dialler, server):
		async with Waiting() as gone, Waiting() as staying:
			both = [profile(gone.port, "Gone"), profile(staying.port, "Staying")]
			dialler.know(both)
			leaving, stays = await gone.call(), await staying.call()
			dialler.know(both[1:])
			assert await leaving.closed()
			assert await stays.sends(RESULT) == ACK * 6
			assert staying.calls.empty()

	dial(story)
