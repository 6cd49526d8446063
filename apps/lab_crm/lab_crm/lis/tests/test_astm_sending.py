"""The sending side of the line of analysers (E1381): refusals, silence, contention, interruption."""

import pytest
from hypothesis import given, settings

from lab_crm.lis.astm import frames, sender
from lab_crm.lis.astm.events import Sent, Unsent
from lab_crm.lis.astm.frames import ACK, ENQ, EOT, NAK
from lab_crm.lis.tests.astm_host import MESSAGE, Host, messages, of


@pytest.fixture
def host():
	return Host()


def sent(host: Host) -> list[bytes]:
	"""The answers to a message sent frame by frame."""
	return [host.say(each) for each in (ENQ, *frames.cut(MESSAGE), EOT)]


def answered(host: Host, message: bytes, replies) -> tuple[list[bytes], str]:
	"""What the host sent until it ended, with a peer that answers as told; and how it ended."""
	said = [host.send(message)]
	for reply in replies:
		said.append(host.say(reply))
		if said[-1].endswith(EOT):
			break
	ends = of(Sent, host.events) + of(Unsent, host.events)
	return said, type(ends[0]).__name__ if ends else ""


def test_a_message_goes_frame_by_frame(host):
	said, end = answered(host, MESSAGE, [ACK] * 6)
	assert said == [ENQ, *frames.cut(MESSAGE), EOT]
	assert end == "Sent"


@given(messages)
@settings(max_examples=40)
def test_two_lines_understand_each_other(message):
	host, analyser = Host(), Host()
	said = host.send(message, limit=60)
	for _turn in range(2000):
		if not said:
			break
		said = host.say(analyser.say(said))
	assert analyser.arrived == [message]
	assert of(Sent, host.events)


def test_a_refused_frame_is_sent_again(host):
	first = frames.cut(MESSAGE)[0]
	said, end = answered(host, MESSAGE, [ACK, NAK, NAK, *[ACK] * 5])
	assert said[1:4] == [first] * 3
	assert end == "Sent"


def test_a_frame_refused_six_times_is_given_up(host):
	said, end = answered(host, MESSAGE, [ACK, *[NAK] * 10])
	assert said.count(frames.cut(MESSAGE)[0]) == sender.MOST_REFUSALS
	assert (said[-1], end) == (EOT, "")  # the message is tried again in a session of its own


def test_an_analyser_that_never_answers_is_asked_three_times(host):
	said = host.send(MESSAGE) + host.later(300)
	assert said == (ENQ + EOT) * sender.MOST_TRIES
	assert [each.reason for each in of(Unsent, host.events)] == ["the analyser did not answer"]
	assert not host.link.busy


def test_a_busy_analyser_is_asked_again_after_a_pause(host):
	host.send(MESSAGE)
	assert host.say(NAK) == b""
	assert host.later(sender.BUSY - 1) == b""
	assert host.later(2) == ENQ


def test_in_contention_the_analyser_goes_first(host):
	assert host.send(MESSAGE) == ENQ
	assert host.say(ENQ) == b""  # ours is withdrawn; the analyser asks again after a second
	host.now += 1
	assert sent(host) == [ACK] * 6 + [b""]
	assert host.later(sender.CONTENTION) == ENQ
	assert host.say(ACK) == frames.cut(MESSAGE)[0]


def test_contention_does_not_use_up_the_tries(host):
	host.send(MESSAGE)
	for _round in range(10):
		assert host.say(ENQ) == b""
		assert host.later(sender.CONTENTION + 1) == ENQ
	assert not of(Unsent, host.events)


def test_an_interrupt_ends_the_session_and_the_message_is_tried_again(host):
	said, end = answered(host, MESSAGE, [ACK, EOT])
	assert (said[-1], end) == (EOT, "")
	assert host.later(sender.REPLY + 1) == ENQ


def test_we_do_not_speak_while_the_analyser_does(host):
	host.say(ENQ)
	assert host.send(MESSAGE) == b""
	for each in frames.cut(MESSAGE):
		assert host.say(each) == ACK
	assert host.say(EOT) == ENQ


def test_what_waits_when_the_connection_breaks_is_reported(host):
	host.send(MESSAGE, "one")
	host.send(MESSAGE, "two")
	assert [each.key for each in of(Unsent, host.link.close())] == ["one", "two"]
