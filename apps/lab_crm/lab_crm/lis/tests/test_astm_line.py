"""The line of analysers (E1381) against peers that keep to the standard and peers that do not. No sockets, no
site; the time is a number."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab_crm.lis.astm import frames
from lab_crm.lis.astm.events import Broken
from lab_crm.lis.astm.frames import ACK, ENQ, EOT, NAK
from lab_crm.lis.astm.receiver import SILENCE
from lab_crm.lis.tests.astm_host import MESSAGE, Host, messages, of, written


@pytest.fixture
def host():
	return Host()


def sent(host: Host, message: bytes = MESSAGE, limit: int = frames.SHORT) -> list[bytes]:
	"""The answers to a message sent frame by frame."""
	return [host.say(each) for each in (ENQ, *frames.cut(message, limit), EOT)]


# frames


def test_the_checksum_counts_from_the_number_to_the_end_of_text():
	assert frames.encode(1, b"H|\\^&\r") == b"\x021H|\\^&\r\x03E5\r\n"


@given(messages, st.integers(8, 300))
def test_cut_frames_hold_the_message_and_keep_the_limit(message, limit):
	cut = frames.cut(message, limit)
	assert all(len(each) <= limit for each in cut)
	taken = [frames.take(bytearray(each), limit) for each in cut]
	assert b"".join(each.text for each in taken) == message
	assert [each.number for each in taken] == [(place + 1) % 8 for place in range(len(cut))]
	assert [each.fault for each in taken] == [""] * len(cut)


def test_each_record_begins_a_frame_of_its_own_and_long_ones_go_on_after_etb():
	cut = frames.cut(b"H|\\^&\rC|1|I|" + b"x" * 300 + b"\rL|1\r", 247)
	taken = [frames.take(bytearray(each), 247) for each in cut]
	assert [each.last for each in taken] == [True, False, True, True]
	assert [len(each) for each in cut][1] == 247


def test_a_reserved_byte_is_never_sent():
	with pytest.raises(ValueError, match="reserved"):
		frames.cut(b"C|1|I|a\x04b\r")


@given(st.binary(max_size=200), st.binary(max_size=40))
def test_no_bytes_break_the_reader(head, tail):
	host = Host()
	host.say(head)
	host.later(SILENCE + 1)
	answers = sent(host) if not host.link.busy else None
	if answers:
		assert answers[-2] == ACK
		host.say(tail)


# receiving


def test_a_message_is_acknowledged_frame_by_frame(host):
	assert sent(host) == [ACK] * 6 + [b""]
	assert host.arrived == [MESSAGE]


@given(messages, st.integers(8, 300), st.data())
@settings(max_examples=60)
def test_any_message_in_any_pieces_arrives_whole(message, limit, data):
	host = Host()
	assert host.say(ENQ) == ACK
	for each in frames.cut(message, limit):
		place, said = 0, b""
		while place < len(each):
			step = data.draw(st.integers(1, len(each) - place))
			said += host.say(each[place : place + step])
			place += step
		assert said == ACK
	host.say(EOT)
	assert host.arrived == [message]
	assert not host.broken


def test_the_last_frame_waits_until_the_message_is_stored(host):
	host.stores = None
	assert sent(host)[-2:] == [b"", b""]
	# The sender ended before we answered: it gets no stray ACK, and will send the message again.
	assert written(host.link.stored(True, host.now)) == b""


def test_nothing_is_said_before_it_is_stored_and_then_the_answer_comes(host):
	host.stores = None
	answers = [host.say(each) for each in (ENQ, *frames.cut(MESSAGE))]
	assert answers[-1] == b""
	assert written(host.link.stored(True, host.now)) == ACK


def test_what_cannot_be_stored_is_refused_and_may_come_again(host):
	host.stores = False
	*first, last = frames.cut(MESSAGE)
	assert [host.say(each) for each in (ENQ, *first, last)] == [ACK] * 5 + [NAK]
	host.stores = True
	assert host.say(last) == ACK
	assert host.arrived == [MESSAGE, MESSAGE]


@pytest.mark.parametrize(
	("name", "spoil"),
	[
		("checksum", lambda frame: frame[:-4] + b"00\r\n"),
		("number", lambda frame: frames.encode(5, frame[2:-5])),
		("letter for a number", lambda frame: frame.replace(b"\x021", b"\x02x")),
		("no CR LF", lambda frame: frame[:-2] + b"??"),
		("a bit on the way", lambda frame: frame.replace(b"ANALYSER", b"ANALYSES")),
	],
	ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_bad_frame_is_refused_and_a_good_one_taken_after_it(host, name, spoil):
	first, *rest = frames.cut(MESSAGE)
	host.say(ENQ)
	assert host.say(spoil(first)) == NAK
	assert [host.say(each) for each in (first, *rest)] == [ACK] * 5
	assert host.arrived == [MESSAGE]


@given(st.data())
@settings(max_examples=80)
def test_one_changed_byte_never_gets_through(data):
	host = Host()
	host.say(ENQ)
	first = frames.cut(MESSAGE)[0]
	place = data.draw(st.integers(1, len(first) - 1))
	byte = data.draw(st.integers(0, 255).filter(lambda value: value != first[place]))
	# Small letters in the checksum are the same number.
	if first[place : place + 1].lower() == bytes([byte]).lower() and place >= len(first) - 4:
		return
	host.say(first[:place] + bytes([byte]) + first[place + 1 :])
	host.later(SILENCE + 1)
	assert sent(host) == [ACK] * 6 + [b""]
	assert host.arrived == [MESSAGE]


def test_a_frame_sent_again_after_a_lost_ack_counts_once(host):
	host.say(ENQ)
	for each in frames.cut(MESSAGE):
		assert host.say(each) == ACK
		assert host.say(each) == ACK
	assert host.arrived == [MESSAGE]


def test_the_numbers_go_round(host):
	message = b"H|\\^&\r" + b"".join(b"C|%d\r" % number for number in range(20)) + b"L|1\r"
	assert sent(host, message) == [ACK] * 23 + [b""]
	assert host.arrived == [message]


def test_a_skipped_frame_is_refused(host):
	cut = frames.cut(MESSAGE)
	host.say(ENQ + cut[0])
	assert host.say(cut[2]) == NAK


def test_several_messages_in_one_session(host):
	numbers = iter(range(1, 100))
	texts = [record + b"\r" for record in (MESSAGE + MESSAGE).split(b"\r") if record]
	answers = [host.say(frames.encode(next(numbers), text)) for text in (texts if host.say(ENQ) else ())]
	assert answers == [ACK] * 10
	assert host.arrived == [MESSAGE, MESSAGE]


def test_garbage_between_frames_is_passed_by(host):
	first, *rest = frames.cut(MESSAGE)
	assert host.say(b"hello?" + ENQ) == ACK
	assert host.say(b"\x00\xff" + first + b"noise") == ACK
	assert [host.say(b"zz" + each) for each in rest] == [ACK] * 4
	assert host.arrived == [MESSAGE]
	assert host.link.garbage == 6 + 2 + 5 + 8


def test_silence_in_the_middle_of_a_frame_ends_the_session(host):
	first, second, *_rest = frames.cut(MESSAGE)
	host.say(ENQ + first + second[:4])
	assert host.later(SILENCE - 1) == b""
	assert host.link.busy
	host.later(2)
	assert not host.link.busy
	(broken,) = host.broken
	assert broken.message == b"H|\\^&|||ANALYSER\r"
	assert sent(host) == [ACK] * 6 + [b""]


def test_dripping_bytes_do_not_keep_a_session_alive(host):
	host.say(ENQ + b"\x021")
	for _second in range(int(SILENCE) + 1):
		host.later(1)
		host.say(b"x")
	assert not host.link.busy


def test_enq_inside_a_frame_begins_anew(host):
	first, second, *_rest = frames.cut(MESSAGE)
	host.say(ENQ + first)
	assert host.say(second[:6] + ENQ) == ACK
	assert [host.say(each) for each in frames.cut(MESSAGE)] == [ACK] * 5
	assert host.arrived == [MESSAGE]
	assert len(host.broken) == 1


def test_a_frame_cut_short_by_its_repetition_is_answered_once(host):
	first = frames.cut(MESSAGE)[0]
	host.say(ENQ)
	assert host.say(first[:9] + first) == ACK


def test_a_message_broken_off_by_its_sender_is_reported_not_taken(host):
	first, second, *_rest = frames.cut(MESSAGE)
	host.say(ENQ + first)
	assert host.say(second[:-4] + b"00\r\n") == NAK
	host.say(EOT)
	assert (host.arrived, [each.message for each in host.broken]) == ([], [b"H|\\^&|||ANALYSER\r"])


def test_an_analyser_that_writes_no_l_record_is_taken_at_eot(host):
	message = MESSAGE.replace(b"L|1|N\r", b"")
	sent(host, message)
	assert host.arrived == [message]


def test_a_huge_frame_is_refused_once_and_not_kept(host):
	host.say(ENQ)
	said = host.say(b"\x021C|1|I|" + b"x" * 500_000)
	assert said == b""
	assert host.say(b"\x0300\r\n") == NAK
	assert [host.say(each) for each in frames.cut(MESSAGE)] == [ACK] * 5


def test_a_frame_of_64000_bytes_is_taken_and_one_more_is_not(host):
	room = frames.LONG - frames.OVERHEAD
	host.say(ENQ)
	assert host.say(frames.encode(1, b"C" * (room + 1))) == NAK
	assert host.say(frames.encode(1, b"C" * room)) == ACK


def test_a_message_over_the_limit_is_refused_to_the_end_and_reported():
	host = Host(max_message=200)
	cut = frames.cut(b"H|\\^&\r" + (b"C" * 90 + b"\r") * 5 + b"L|1\r")
	answers = [host.say(each) for each in (ENQ, *cut)]
	assert answers[:4] == [ACK, ACK, ACK, ACK]
	assert set(answers[4:]) == {NAK}
	assert [each.reason for each in host.broken] == ["the message is longer than we take"]
	host.say(EOT)
	assert sent(host) == [ACK] * 6 + [b""]


def test_a_connection_lost_inside_a_message_reports_it(host):
	host.say(ENQ + frames.cut(MESSAGE)[0])
	(broken,) = of(Broken, host.link.close())
	assert broken.message == b"H|\\^&|||ANALYSER\r"
