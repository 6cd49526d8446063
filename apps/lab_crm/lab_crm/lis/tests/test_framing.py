"""MLLP framing: whatever the stream, whole messages come out once and in order, and nothing else does."""

from hypothesis import given
from hypothesis import strategies as st

from lab_crm.lis.hl7.framing import Frame, FrameDecoder, Garbage, Oversize, wrap

# HL7 text holds no control characters but CR; the framing bytes are two of them.
payloads = st.binary(min_size=1, max_size=300).map(
	lambda data: data.replace(b"\x0b", b"v").replace(b"\x1c", b"f").strip(b"\r\n") or b"x"
)
cuts = st.lists(st.integers(min_value=1, max_value=40), min_size=1, max_size=200)


def feed(decoder: FrameDecoder, stream: bytes, sizes: list[int]) -> list:
	"""Feed a stream in pieces of the given sizes, the last size for the rest."""
	events, at = [], 0
	for size in [*sizes, max(len(stream), 1)]:
		events += decoder.feed(stream[at : at + size])
		at += size
	return events


@given(st.lists(payloads, max_size=12), cuts)
def test_any_cut_gives_the_messages_in_order(messages, sizes):
	events = feed(FrameDecoder(), b"".join(map(wrap, messages)), sizes)
	assert events == [Frame(message) for message in messages]


@given(payloads, payloads, st.binary(max_size=60).filter(lambda data: b"\x0b" not in data), cuts)
def test_bytes_between_frames_are_dropped_and_reported(one, two, noise, sizes):
	events = feed(FrameDecoder(), wrap(one) + noise + wrap(two), sizes)
	assert [event for event in events if isinstance(event, Frame)] == [Frame(one), Frame(two)]
	garbage = [event for event in events if isinstance(event, Garbage)]
	assert bool(garbage) == bool(noise.strip(b"\r\n"))
	assert sum(event.size for event in garbage) <= len(noise)


@given(st.binary(max_size=2000), cuts)
def test_noise_never_breaks_the_decoder(noise, sizes):
	decoder = FrameDecoder(max_message=200)
	feed(decoder, noise, sizes)
	events = decoder.feed(wrap(b"MSH|^~\\&|first")) + decoder.feed(wrap(b"MSH|^~\\&|second"))
	assert events[-1] == Frame(b"MSH|^~\\&|second")
	assert decoder.waiting == 0


@given(st.integers(min_value=0, max_value=400), cuts)
def test_the_limit_is_exact_and_the_next_message_is_read(size, sizes):
	decoder = FrameDecoder(max_message=200)
	events = feed(decoder, wrap(b"x" * size) + wrap(b"MSH|next"), sizes)
	first = Frame(b"x" * size) if size <= 200 else Oversize(size, (b"x" * size))
	if isinstance(first, Oversize):
		assert isinstance(events[0], Oversize)
		assert events[0].size == size
		assert events[0].head == b"x" * len(events[0].head)
	else:
		assert events[0] == first
	assert events[1:] == [Frame(b"MSH|next")]


def test_an_endless_message_is_not_kept_in_memory():
	decoder = FrameDecoder(max_message=1000)
	decoder.feed(b"\x0bMSH|")
	for _ in range(1000):
		assert decoder.feed(b"y" * 1000) == []
	assert len(decoder._buffer) < 2000
	assert decoder.waiting == 1_000_004


def test_a_message_cut_off_by_the_next_is_dropped():
	events = FrameDecoder().feed(b"\x0bMSH|cut off" + wrap(b"MSH|whole"))
	assert [type(event) for event in events] == [Garbage, Frame]
	assert events[1] == Frame(b"MSH|whole")


def test_an_oversize_message_cut_off_by_the_next():
	decoder = FrameDecoder(max_message=50)
	events = feed(decoder, b"\x0bMSH|" + b"z" * 100 + wrap(b"MSH|whole"), [7] * 30)
	assert [type(event) for event in events] == [Oversize, Frame]
	assert (events[0].size, events[1].payload) == (104, b"MSH|whole")


def test_a_frame_without_its_carriage_return_is_no_frame():
	decoder = FrameDecoder()
	assert decoder.feed(b"\x0bMSH|a\x1c") == []
	assert decoder.feed(wrap(b"MSH|b"))[-1] == Frame(b"MSH|b")


def test_doubled_start_and_blank_lines_between_frames_are_no_fault():
	assert FrameDecoder().feed(b"\x0b" + wrap(b"MSH|a") + b"\r\n\r\n" + wrap(b"MSH|b")) == [
		Frame(b"MSH|a"),
		Frame(b"MSH|b"),
	]


def test_the_end_of_the_stream_reports_what_is_unfinished():
	decoder = FrameDecoder()
	decoder.feed(wrap(b"MSH|a") + b"\x0bMSH|b")
	assert [event.size for event in decoder.close()] == [5]
	assert decoder.close() == []
	decoder.feed(wrap(b"MSH|a"))
	assert decoder.close() == []
