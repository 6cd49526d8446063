"""Host query of HL7 (IHE LAW): RSP^K11 answers QBP^Q11, what is to be measured follows as OML^O33."""

import secrets

import frappe
import pytest

from lab_crm.laboratory.tests.arrange import fresh
from lab_crm.lis import analysers, answers, inbox, sender
from lab_crm.lis.hl7 import reader
from lab_crm.lis.hl7.ack import Acknowledgement
from lab_crm.lis.identity import OUT
from lab_crm.lis.listener import server as hl7_server
from lab_crm.lis.listener.server import Server
from lab_crm.lis.listener.settings import Limits
from lab_crm.lis.tests import test_listener
from lab_crm.lis.tests.astm_peer import Clerk, run_with
from lab_crm.lis.tests.peer import Peer
from lab_crm.lis.tests.test_analysers import Instrument
from lab_crm.lis.tests.test_listener import FakeStore, oru


def qbp(barcode: str, name: str = "WOS") -> str:
	return (
		"MSH|^~\\&|AN||LABCRM||20261121093000+0300||QBP^Q11^QBP_Q11|q1|P|2.5.1|||NE|AL||UNICODE UTF-8\r"
		f"QPD|{name}^Work Order Step^IHE_LABTF|T-1|{barcode}\rRCP|I||R\r"
	)


# the listener


def converse(*frames: bytes, clerk: Clerk) -> tuple[list[str], FakeStore]:
	"""The answers to frames sent at once."""
	store, texts = FakeStore(), []

	async def story(connect):
		peer = await connect()
		peer.send(*frames)
		for _frame in frames:
			texts.append((await peer.reader.readuntil(b"\x1c\r"))[1:-2].decode())

	run_with(lambda: Server(store.submit, [], Limits(grace=2), clerk.ask), test_listener.Peer, story)
	return texts, store


def test_a_question_is_answered_in_its_turn():
	clerk = Clerk("MSH|the answer")
	texts, store = converse(oru("m1"), qbp("1").encode(), oru("m2"), clerk=clerk)
	assert [text.split("\r")[-2] for text in (texts[0], texts[2])] == ["MSA|AA|m1", "MSA|AA|m2"]
	assert texts[1] == "MSH|the answer"
	assert clerk.asked == [(hl7_server.ANSWER, {"message": "LMSG-00000002"})]
	assert [row.status for row in store.rows.values()] == ["Received", "Processed", "Received"]


def test_a_question_nobody_can_answer_is_said_so():
	(text,), _store = converse(qbp("1").encode(), clerk=Clerk(None))
	assert "MSA|AE|q1" in text


# the answer


@pytest.fixture
def peer():
	peer = Peer().start()
	yield peer
	peer.stop()


@pytest.fixture
def analyser(line, peer, monkeypatch):
	"""An analyser of HL7 that listens for what it is to measure; sending is done by the test."""
	monkeypatch.setattr(sender, "enqueue", lambda connection: None)
	name = f"AN{secrets.token_hex(4).upper()}"
	return Instrument(line, protocol="HL7", host="127.0.0.1", port=peer.port, receiving_application=name)


def ask(analyser, barcode: str, name: str = "WOS") -> tuple[str, reader.Message]:
	"""Ask about a tube; return the question's name and the answer."""
	asked = asking(analyser, barcode, name)
	return asked, reader.read(analysers.answer_hl7(asked))


def asking(analyser, barcode: str, name: str = "WOS", status: str = "Processed") -> str:
	asked = analyser.receive("", "QBP^Q11", status)
	frappe.db.set_value("LIS Message", asked, "raw", qbp(barcode, name))
	return asked


def told(analyser) -> list:
	"""What waits to be sent to the analyser, or went."""
	filters = {"connection": analyser.connection.name, "direction": OUT}
	names = frappe.get_all("LIS Message", filters, pluck="name")
	return [frappe.get_doc("LIS Message", name) for name in names]


def test_of_a_known_tube_the_answer_is_yes_and_the_tests_follow(analyser, peer):
	_asked, answer = ask(analyser, analyser.edta)
	assert (answer.header.message_type, answer.first("MSA").text(1)) == ("RSP^K11", "AA")
	assert (answer.first("QAK").text(1), answer.first("QAK").text(2)) == ("T-1", "OK")
	assert answer.first("QPD").text(3) == analyser.edta
	(message,) = told(analyser)
	assert (message.message_type, message.lab_order) == ("OML^O33", analyser.order.name)
	sender.send_due(analyser.connection.name)
	(received,) = peer.received
	sent = reader.read(str(received))
	assert [obr.text(4) for obr in sent.all("OBR")] == ["HGB", "WBC"]
	assert (sent.first("SPM").text(2), sent.first("SAC").text(3)) == (analyser.edta, analyser.edta)
	assert {orc.text(2) for orc in sent.all("ORC")} == {analyser.order.placer_number}
	assert analyser.lab.patient.last_name not in message.raw
	assert frappe.db.get_value("LIS Message", message.name, "status") == "Acknowledged"


def test_the_analysers_answer_does_not_move_the_order(analyser):
	before = fresh(analyser.order).status
	ask(analyser, analyser.edta)
	(message,) = told(analyser)
	answers.take(message.name, Acknowledgement("AR", message.control_id))
	assert frappe.db.get_value("LIS Message", message.name, "status") == "Rejected"
	assert fresh(analyser.order).status == before


def test_the_same_question_is_answered_again_but_told_once(analyser):
	asked, _answer = ask(analyser, analyser.edta)
	assert "|OK|" in analysers.answer_hl7(asked)
	assert len(told(analyser)) == 1


def test_of_an_unknown_tube_nothing_is_found(analyser):
	_asked, answer = ask(analyser, "000000000000")
	assert (answer.first("QAK").text(2), told(analyser)) == ("NF", [])


def test_a_question_of_another_kind_is_refused(analyser):
	_asked, answer = ask(analyser, analyser.edta, "WOS_ALL")
	assert (answer.first("MSA").text(1), answer.first("QAK").text(2)) == ("AE", "AE")
	assert "WOS_ALL" in answer.first("ERR").text(8)


def test_a_connection_that_answers_no_questions(analyser):
	frappe.db.set_value("LIS Connection", analyser.connection.name, "answer_queries", 0)
	assert analysers.answer_hl7(asking(analyser, analyser.edta)) is None


def test_a_question_that_waits_in_the_table_is_no_result(analyser):
	assert inbox.process_one(asking(analyser, analyser.edta, status="Received")) == "Processed"
