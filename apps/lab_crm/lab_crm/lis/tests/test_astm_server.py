"""The server of analysers over TCP, without a database: answers only after storing, peers that misbehave."""

import asyncio
import ipaddress

import pytest

from lab_crm.lis.astm import frames
from lab_crm.lis.astm.frames import ACK, ENQ, EOT, NAK
from lab_crm.lis.listener.store import ASTM, HL7, Profile
from lab_crm.lis.tests.astm_peer import ANALYSER, HEAD, RESULT, serve, until


def test_a_result_is_stored_and_acknowledged():
	async def story(server, connect, store, clerk):
		peer = await connect()
		assert await peer.sends(RESULT) == ACK * 6

	(row,) = serve(story).rows.values()
	assert (row.status, row.message_type, row.connection) == ("Received", "ASTM^R", "Analyser")
	assert (row.sending_application, row.peer, row.raw) == ("BC20", "127.0.0.1", RESULT)


def test_the_last_frame_is_not_acknowledged_before_the_row_is_on_disk():
	async def story(server, connect, store, clerk):
		store.holding = True
		peer = await connect()
		*first, last = frames.cut(RESULT.encode())
		assert await peer.says(ENQ, *first) == ACK * 5
		peer.write(last)
		await until(lambda: store.held)
		with pytest.raises(TimeoutError):
			await asyncio.wait_for(peer.reader.read(1), 0.1)
		store.release()
		assert await peer.hears() == ACK

	serve(story)


def test_a_row_the_database_refuses_is_refused_to_the_analyser():
	async def story(server, connect, store, clerk):
		store.broken = True
		assert (await (await connect()).sends(RESULT))[-1:] == NAK

	serve(story)


def test_a_message_sent_again_after_a_lost_answer_makes_no_second_row():
	async def story(server, connect, store, clerk):
		first = await connect()
		first.write(ENQ, *frames.cut(RESULT.encode()))
		await until(lambda: store.rows)
		first.writer.transport.abort()  # before it heard our answers
		assert await (await connect()).sends(RESULT) == ACK * 6

	assert len(serve(story).rows) == 1


def test_the_encoding_of_the_connection():
	russian = Profile("Old", encoding="Windows-1251", protocol=ASTM)

	async def story(server, connect, store, clerk):
		assert await (await connect()).sends(RESULT, "cp1251") == ACK * 6

	(row,) = serve(story, (russian,)).rows.values()
	assert ("Глюкоза" in row.raw, row.charset) == (True, "cp1251")


def test_a_wrong_encoding_is_refused_and_kept():
	text = RESULT.replace("Глюкоза", "Глюкоза в сыворотке крови натощак")

	async def story(server, connect, store, clerk):
		assert (await (await connect()).sends(text, "cp1251"))[-1:] == NAK

	(row,) = serve(story).rows.values()
	assert row.status == "Rejected"
	assert "looks like Windows-1251" in row.error


def test_an_analyser_nobody_set_up_is_refused_and_kept():
	async def story(server, connect, store, clerk):
		assert (await (await connect()).sends(RESULT.replace("BC20", "XN")))[-1:] == NAK

	(row,) = serve(story).rows.values()
	assert (row.status, row.connection) == ("Rejected", None)
	assert "'XN' at 127.0.0.1" in row.error


@pytest.mark.parametrize(
	"profiles",
	[
		(),
		(Profile("Elsewhere", protocol=ASTM, peers=(ipaddress.ip_network("10.0.0.0/8"),)),),
		(Profile("A LIS", protocol=HL7),),
	],
	ids=["nobody", "elsewhere", "no analyser"],
)
def test_only_addresses_of_analysers_may_connect(profiles):
	async def story(server, connect, store, clerk):
		peer = await connect()
		peer.write(ENQ)
		try:
			assert await peer.closed()
		except ConnectionResetError:
			pass

	serve(story, profiles)


def test_analysers_of_one_address_are_told_apart_by_their_names():
	profiles = (ANALYSER, Profile("Other", "XN", protocol=ASTM), Profile("Nameless", protocol=ASTM))

	async def story(server, connect, store, clerk):
		peer = await connect()
		for name in ("BC20", "XN^1", "WHO"):
			assert await peer.sends(RESULT.replace("BC20", name)) == ACK * 6

	rows = serve(story, profiles).rows.values()
	assert [row.connection for row in rows] == ["Analyser", "Other", "Nameless"]


@pytest.mark.parametrize(
	("text", "status", "kind"),
	[
		(RESULT.replace("L|1|N", "L|1|T"), "Rejected", "ASTM^R"),
		(f"{HEAD}M|1|maintenance\rL|1\r", "Processed", "ASTM"),
		(f"{HEAD}L|1\r", "Processed", "ASTM"),
	],
	ids=["taken back", "manufacturer's", "a sign of life"],
)
def test_what_is_no_result_is_kept_and_waits_for_nobody(text, status, kind):
	async def story(server, connect, store, clerk):
		assert set(await (await connect()).sends(text)) == set(ACK)

	(row,) = serve(story).rows.values()
	assert (row.status, row.message_type) == (status, kind)


# peers that misbehave


def test_noise_silence_and_a_bad_frame_do_not_cost_the_message():
	async def story(server, connect, store, clerk):
		peer = await connect()
		first, *rest = frames.cut(RESULT.encode())
		assert await peer.says(b"\r\nhello" + ENQ) == ACK
		assert await peer.says(first[:-4] + b"00\r\n", frames.encode(4, b"P|1\r"), first) == NAK + NAK + ACK
		assert await peer.says(*(b"?!" + each for each in rest)) == ACK * 4
		assert await peer.says(rest[-1]) == ACK  # it did not hear that answer

	assert len(serve(story).rows) == 1


def test_a_peer_that_hangs_up_inside_a_message_leaves_a_trace():
	async def story(server, connect, store, clerk):
		peer = await connect()
		await peer.says(ENQ, *frames.cut(RESULT.encode())[:4])
		peer.writer.close()
		await until(lambda: store.rows)

	(row,) = serve(story).rows.values()
	assert (row.status, "broke off" in row.error, "R|1" in row.raw) == ("Rejected", True, True)


def test_a_peer_that_speaks_something_else_is_shown_the_door():
	async def story(server, connect, store, clerk):
		peer = await connect()
		peer.write(b"GET / HTTP/1.1\r\n" * 100)
		try:
			assert await peer.closed()
		except ConnectionResetError:
			pass

	assert not serve(story, garbage=1000).rows


def test_a_huge_frame_is_refused_and_the_next_message_taken():
	async def story(server, connect, store, clerk):
		peer = await connect()
		await peer.says(ENQ)
		peer.write(b"\x021", *[b"x" * 65536] * 40)
		assert await peer.says(b"\x0300\r\n") == NAK
		peer.write(EOT)
		assert await peer.sends(RESULT) == ACK * 6

	assert len(serve(story).rows) == 1


def test_one_stalling_peer_does_not_hold_up_another():
	async def story(server, connect, store, clerk):
		stalling = await connect()
		await stalling.says(ENQ)
		stalling.write(b"\x021H|")
		for _message in range(3):
			assert set(await (await connect()).sends(RESULT)) == set(ACK)

	serve(story)


# stopping


def test_what_was_taken_is_answered_when_the_server_stops():
	async def story(server, connect, store, clerk):
		store.holding = True
		peer = await connect()
		*first, last = frames.cut(RESULT.encode())
		await peer.says(ENQ, *first)
		peer.write(last)
		await until(lambda: store.held)
		stopping = asyncio.create_task(server.stop())
		await asyncio.sleep(0.05)
		store.release()
		assert await peer.hears() == ACK
		await stopping
		assert await peer.closed()

	serve(story)
