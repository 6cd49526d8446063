"""The server without a database: order of answers, limits, who may connect, storing that waits or fails."""

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from lab_crm.lis.hl7.ack import read_ack
from lab_crm.lis.hl7.framing import wrap
from lab_crm.lis.listener.server import Server
from lab_crm.lis.listener.settings import Limits
from lab_crm.lis.listener.store import Profile, Row, Saved, Unstorable


class FakeStore:
	"""Stands for the writer: keeps rows by key, or holds them back."""

	def __init__(self):
		self.rows: dict[str, Row] = {}
		self.names: dict[str, str] = {}
		self.held: list[tuple] = []
		self.holding = False
		self.broken = False

	def submit(self, rows: list[Row], done: Callable) -> None:
		if self.holding:
			self.held.append((rows, done))
		else:
			asyncio.get_running_loop().call_soon(done, self.save(rows))

	def save(self, rows: list[Row]):
		return Unstorable("too long") if self.broken else [self._save(row) for row in rows]

	def _save(self, row: Row) -> Saved:
		if row.message_key in self.rows:
			same = self.rows[row.message_key].body_digest == row.body_digest
			return Saved(self.names[row.message_key], fresh=False, same_body=same)
		self.rows[row.message_key] = row
		self.names[row.message_key] = f"LMSG-{len(self.rows):08}"
		return Saved(self.names[row.message_key])

	def release(self, order: Callable = list) -> None:
		held, self.held, self.holding = self.held, [], False
		for rows, done in order(held):
			done(self.save(rows))


class Peer:
	"""A plain TCP client."""

	def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
		self.reader, self.writer = reader, writer

	def send(self, *messages: bytes) -> None:
		self.writer.write(b"".join(map(wrap, messages)))

	async def answer(self):
		frame = await asyncio.wait_for(self.reader.readuntil(b"\x1c\r"), 5)
		return read_ack(frame[1:-2].decode())

	async def closed(self) -> bool:
		return await asyncio.wait_for(self.reader.read(), 5) == b""


def oru(control_id: str, value: str = "5.4", code: str = "ORU^R01", more: str = "") -> bytes:
	return (
		f"MSH|^~\\&|LIS|L|LABCRM|C|20261121||{code}|{control_id}|P|2.5.1||||||UNICODE UTF-8\r"
		f"PID|1||PAT-TEST0001||Образцова^Анна\rOBR|1|ORD-TEST0001\rOBX|1|NM|GLU^Глюкоза||{value}{more}\r"
	).encode()


@asynccontextmanager
async def listening(store: FakeStore, profiles: tuple = (), **limits):
	server = Server(store.submit, list(profiles), Limits(**{"grace": 2, **limits}))
	port = await server.start("127.0.0.1", 0)
	peers = []

	async def connect() -> Peer:
		peers.append(Peer(*await asyncio.open_connection("127.0.0.1", port)))
		return peers[-1]

	try:
		yield server, connect
	finally:
		for peer in peers:
			peer.writer.close()
		await server.stop()


def serve(story: Callable[..., Awaitable], profiles: tuple = (), **limits) -> FakeStore:
	"""Run `story(server, connect, store)` against a server."""
	store = FakeStore()

	async def run():
		async with listening(store, profiles, **limits) as (server, connect):
			await story(server, connect, store)

	asyncio.run(run())
	return store


def test_many_messages_on_one_connection():
	async def story(server, connect, store):
		peer = await connect()
		for number in range(5):
			peer.send(oru(f"m{number}"))
			answer = await peer.answer()
			assert (answer.code, answer.control_id) == ("AA", f"m{number}")

	assert len(serve(story).rows) == 5


def test_pipelined_messages_are_answered_in_their_order():
	async def story(server, connect, store):
		store.holding = True
		peer = await connect()
		peer.send(*[oru(f"m{number}") for number in range(10)])
		while len(store.held) < 10:
			await asyncio.sleep(0.01)
		store.release(reversed)
		assert [(await peer.answer()).control_id for _ in range(10)] == [f"m{number}" for number in range(10)]

	serve(story)


def test_a_message_in_pieces():
	async def story(server, connect, store):
		peer = await connect()
		for byte in wrap(oru("slow")):
			peer.writer.write(bytes([byte]))
			await peer.writer.drain()
		assert (await peer.answer()).control_id == "slow"

	serve(story)


def test_nothing_is_answered_before_it_is_stored():
	async def story(server, connect, store):
		store.holding = True
		peer = await connect()
		peer.send(oru("m1"))
		with pytest.raises(asyncio.TimeoutError):
			await asyncio.wait_for(peer.reader.read(1), 0.3)
		store.release()
		assert (await peer.answer()).code == "AA"

	serve(story)


def test_a_repeat_gets_the_same_answer_and_no_second_row():
	async def story(server, connect, store):
		one, two = await connect(), await connect()
		frames = []
		for peer in (one, one, two):
			peer.send(oru("m1"))
			frames.append(await peer.reader.readuntil(b"\x1c\r"))
		ids = {frame.decode().split("\r")[0].split("|")[9] for frame in frames}
		assert len(ids) == 1  # even the answer's own number is that of the stored message
		assert all(b"MSA|AA|m1\r" in frame for frame in frames)

	assert len(serve(story).rows) == 1


def test_a_control_id_used_again_for_something_else_is_refused_and_kept():
	async def story(server, connect, store):
		peer = await connect()
		peer.send(oru("m1"), oru("m1", "9.9"), oru("m1", "9.9"))
		assert (await peer.answer()).code == "AA"
		for _ in range(2):
			answer = await peer.answer()
			assert (answer.code, answer.control_id) == ("AE", "m1")
			assert "Duplicate key" in answer.explanation

	store = serve(story)
	assert sorted(row.status for row in store.rows.values()) == ["Received", "Rejected"]


def test_broken_framing_is_dropped_and_the_next_message_is_taken():
	async def story(server, connect, store):
		peer = await connect()
		peer.writer.write(
			b"noise" + b"\x0b" + oru("cut")[:60] + wrap(oru("m1")) + b"more noise" + wrap(oru("m2"))
		)
		assert [(await peer.answer()).control_id for _ in range(2)] == ["m1", "m2"]

	assert len(serve(story).rows) == 2


def test_an_unknown_type_and_what_is_no_hl7():
	async def story(server, connect, store):
		peer = await connect()
		peer.send(oru("s1", code="SIU^S12"), b"hello", oru("m1"))
		answers = [await peer.answer() for _ in range(3)]
		assert [(answer.code, answer.control_id) for answer in answers] == [
			("AR", "s1"),
			("AR", ""),
			("AA", "m1"),
		]
		assert "Unsupported message type" in answers[0].explanation

	assert [row.status for row in serve(story).rows.values()] == ["Rejected", "Rejected", "Received"]


def test_a_message_over_the_limit_is_refused_by_its_number():
	async def story(server, connect, store):
		peer = await connect()
		peer.send(oru("big", more="x" * 5000), oru("m1"))
		big = await peer.answer()
		assert (big.code, big.control_id) == ("AE", "big")
		assert "Value too long" in big.explanation
		assert (await peer.answer()).code == "AA"

	serve(story, message=2000)


def test_a_message_the_database_refuses():
	async def story(server, connect, store):
		store.broken = True
		peer = await connect()
		peer.send(oru("m1"))
		answer = await peer.answer()
		assert (answer.code, answer.control_id) == ("AE", "m1")

	assert serve(story).rows == {}


def test_a_peer_that_floods_is_held_back():
	async def story(server, connect, store):
		store.holding = True
		peer = await connect()
		for number in range(2000):
			peer.send(oru(f"m{number}", more="y" * 500))
		await asyncio.sleep(0.5)
		assert len(store.held) < 600  # one reading of the socket beyond the limit, not all
		store.release()
		for number in range(2000):
			assert (await peer.answer()).control_id == f"m{number}"

	assert len(serve(story, pending=4).rows) == 2000


def test_who_says_nothing_is_let_go():
	async def story(server, connect, store):
		silent, unfinished = await connect(), await connect()
		unfinished.writer.write(b"\x0bMSH|")
		assert await unfinished.closed()
		assert await silent.closed()

	serve(story, idle=0.4, unfinished=0.1)


def test_who_does_not_speak_mllp_is_let_go():
	async def story(server, connect, store):
		peer = await connect()
		peer.writer.write(b"GET / HTTP/1.1\r\n" * 100)
		with pytest.raises((ConnectionError, AssertionError)):
			assert not await peer.closed()

	serve(story, garbage=1000)


def test_answers_still_go_out_after_the_peer_finished_sending():
	async def story(server, connect, store):
		store.holding = True
		peer = await connect()
		peer.send(oru("m1"))
		peer.writer.write_eof()
		await asyncio.sleep(0.2)
		store.release()
		assert (await peer.answer()).code == "AA"
		assert await peer.closed()

	serve(story)


def test_stopping_answers_what_was_taken():
	async def story(server, connect, store):
		store.holding = True
		peer = await connect()
		peer.send(oru("m1"))
		while not store.held:
			await asyncio.sleep(0.01)
		stop = asyncio.create_task(server.stop())
		await asyncio.sleep(0.1)
		peer.send(oru("m2"))
		store.release()
		assert (await peer.answer()).control_id == "m1"
		assert await peer.closed()
		await stop

	assert len(serve(story).rows) == 1


def network(*addresses: str) -> tuple:
	return tuple(map(ipaddress.ip_network, addresses))


def test_only_allowed_peers_connect():
	async def story(server, connect, store):
		peer = await connect()
		with pytest.raises((ConnectionError, AssertionError)):
			assert not await peer.closed()
		server.know([Profile("A", "LIS", peers=network("127.0.0.0/8"))])
		peer = await connect()
		peer.send(oru("m1"))
		assert (await peer.answer()).code == "AA"

	serve(story, profiles=(Profile("A", "LIS", peers=network("10.0.0.0/8")),))


def test_a_peer_of_one_connection_cannot_speak_for_another():
	async def story(server, connect, store):
		peer = await connect()
		peer.send(oru("m1"))
		answer = await peer.answer()
		assert (answer.code, answer.control_id) == ("AR", "m1")

	profiles = (
		Profile("A", "LIS", peers=network("10.0.0.0/8")),
		Profile("B", "OTHER", peers=network("127.0.0.1/32")),
	)
	assert [row.status for row in serve(story, profiles=profiles).rows.values()] == ["Rejected"]


def test_the_connection_is_known_by_msh3_and_msh4():
	async def story(server, connect, store):
		peer = await connect()
		peer.send(oru("m1"))
		await peer.answer()

	profiles = (Profile("Other", "LIS", "X"), Profile("Right", "LIS", "L"), Profile("General", "LIS"))
	assert [row.connection for row in serve(story, profiles=profiles).rows.values()] == ["Right"]


def test_too_many_connections():
	async def story(server, connect, store):
		first = await connect()
		first.send(oru("m1"))
		await first.answer()
		second = await connect()
		with pytest.raises((ConnectionError, AssertionError)):
			assert not await second.closed()
		first.send(oru("m2"))
		assert (await first.answer()).code == "AA"

	serve(story, connections=1)
