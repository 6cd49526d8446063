"""What an analyser asks is answered on its own line, which it may need for itself meanwhile."""

from lab_crm.lis.astm import frames
from lab_crm.lis.astm.frames import ACK, ENQ, EOT, NAK
from lab_crm.lis.listener.astm_server import ANSWER, KEEP
from lab_crm.lis.listener.store import ASTM, Profile
from lab_crm.lis.tests.astm_peer import QUESTION, REPLY, RESULT, Clerk, serve, until


def test_a_question_is_answered_once_the_line_is_free():
	clerk = Clerk()

	async def story(server, connect, store, clerk):
		peer = await connect()
		assert await peer.sends(QUESTION) == ACK * 4
		assert (await peer.takes()).decode() == REPLY
		await until(lambda: len(clerk.asked) == 2)

	(row,) = serve(story, clerk=clerk).rows.values()
	assert (row.status, row.message_type) == ("Processed", "ASTM^Q")
	(first, asked), (second, kept) = clerk.asked
	assert (first, asked) == (ANSWER, {"message": "LMSG-00000001"})
	assert (second, kept) == (KEEP, {"question": "LMSG-00000001", "text": REPLY, "error": None})


def test_the_same_question_twice_is_answered_twice():
	async def story(server, connect, store, clerk):
		peer = await connect()
		for _time in range(2):
			await peer.sends(QUESTION)
			assert await peer.takes()

	assert len(serve(story).rows) == 1


def test_contention_the_analyser_speaks_first():
	async def story(server, connect, store, clerk):
		peer = await connect()
		await peer.sends(QUESTION)
		assert await peer.hears() == ENQ
		peer.write(ENQ)  # it has a result to tell, at the same moment
		assert await peer.sends(RESULT) == ACK * 6

	assert [row.message_type for row in serve(story).rows.values()] == ["ASTM^Q", "ASTM^R"]


def test_an_answer_refused_six_times_is_tried_in_a_session_of_its_own():
	async def story(server, connect, store, clerk):
		peer = await connect()
		await peer.sends(QUESTION)
		assert await peer.hears() == ENQ
		first = frames.cut(REPLY.encode())[0]
		peer.write(ACK)
		for _time in range(6):
			assert await peer.hears(len(first)) == first
			peer.write(NAK)
		assert await peer.hears() == EOT

	serve(story)


def test_an_answer_whose_analyser_went_is_kept_as_failed():
	clerk = Clerk()

	async def story(server, connect, store, clerk):
		peer = await connect()
		await peer.sends(QUESTION)
		assert await peer.hears() == ENQ
		peer.writer.close()
		await until(lambda: len(clerk.asked) == 2)

	serve(story, clerk=clerk)
	assert clerk.asked[1][1]["error"] == "the connection broke off"


def test_a_connection_that_answers_no_questions():
	clerk = Clerk()

	async def story(server, connect, store, clerk):
		assert await (await connect()).sends(QUESTION) == ACK * 4

	serve(story, (Profile("Mute", protocol=ASTM),), clerk=clerk)
	assert clerk.asked == []
