"""Frames of E1381: `<STX> number text <ETB or ETX> checksum <CR> <LF>`.

A record travels in frames of its own: all but its last end with ETB, the last with ETX.
Source: ASTM E1381-95 section 6.3 (247 bytes a frame), CLSI LIS01-A2 (64,000).
"""

import re
from dataclasses import dataclass

STX, ETX, EOT, ENQ, ACK, NAK, ETB = b"\x02", b"\x03", b"\x04", b"\x05", b"\x06", b"\x15", b"\x17"
SHORT, LONG = 247, 64000  # bytes of one frame, by the older standard and by the newer
OVERHEAD = 7  # bytes of a frame that are not text
NUMBERS = 8  # frames are numbered 1 … 7, 0, 1 …

# What may not stand in a text; of these, a new frame or the end of the session cuts a frame short.
_RESTRICTED = re.compile(rb"[\x01-\x06\x0a\x10-\x17]")
_ENDS = re.compile(rb"[\x02\x03\x04\x05\x17]")
_TRAILER = 4  # checksum, CR, LF
CUT_SHORT, TOO_LONG = "cut short", "too long"


@dataclass(frozen=True, slots=True)
class Frame:
	"""One frame. `last` says that a record ends with it; `fault` what is wrong, empty when it is good."""

	number: int = -1
	text: bytes = b""
	last: bool = True
	fault: str = ""


def checksum(body: bytes) -> bytes:
	"""Return the checksum of what stands between STX and it, as two hexadecimal digits."""
	return b"%02X" % (sum(body) & 0xFF)


def encode(number: int, text: bytes, last: bool = True) -> bytes:
	"""Return one frame.

	Args:
		number: its place among the frames of the session, from 1.
		text: at most the limit of a frame less `OVERHEAD` bytes.
		last: whether the record ends with it.
	"""
	body = b"%d" % (number % NUMBERS) + text + (ETX if last else ETB)
	return STX + body + checksum(body) + b"\r\n"


def cut(message: bytes, limit: int = SHORT) -> list[bytes]:
	"""Return the frames of a message, in order.

	Args:
		message: records, each ended by CR.
		limit: bytes of one frame.

	Raises:
		ValueError: a text holds a byte that the line reserves for itself.
	"""
	if _RESTRICTED.search(message):
		raise ValueError("the message holds a byte that is reserved for the line")
	room, frames = limit - OVERHEAD, []
	for record in filter(None, message.split(b"\r")):
		text = record + b"\r"
		for start in range(0, len(text), room):
			frames.append(encode(len(frames) + 1, text[start : start + room], start + room >= len(text)))
	return frames


def take(buffer: bytearray, limit: int = LONG, scanned: int = 1) -> Frame | None:
	"""Take the frame that the buffer begins with out of it; None when more of it must come first.

	A frame cut short by a control character that cannot stand in it is a fault up to that character. Of one
	that is too long only the STX is kept, so that the rest of it is looked through as it comes.

	Args:
		buffer: begins with STX.
		limit: bytes of one frame.
		scanned: bytes of the buffer known to hold no end, at least 1.
	"""
	end = _ENDS.search(buffer, scanned)
	if end is None:
		if len(buffer) <= limit - _TRAILER:
			return None
		del buffer[1:]
		return Frame(fault=TOO_LONG)
	at = end.start()
	if end.group() not in (ETX, ETB):
		del buffer[:at]
		return Frame(fault=CUT_SHORT)
	if len(buffer) < at + 1 + _TRAILER:
		return None
	found = _read(bytes(buffer[: at + 1 + _TRAILER]), at, limit)
	del buffer[: at + 1]
	_drop_trailer(buffer)
	return found


def _read(data: bytes, at: int, limit: int) -> Frame:
	"""Return the frame in `data`, whose text ends at `at`."""
	body, given, ending = data[1 : at + 1], data[at + 1 : at + 3], data[at + 3 :]
	if len(data) > limit:
		return Frame(fault=f"{len(data)} bytes are more than {limit}")
	if ending != b"\r\n":
		return Frame(fault="it does not end with CR LF")
	if given.upper() != checksum(body):
		return Frame(fault=f"the checksum is {given!r}, not {checksum(body).decode()}")
	if not body[:1].isdigit() or int(body[:1]) >= NUMBERS:
		return Frame(fault="it has no number")
	return Frame(int(body[:1]), body[1:-1], body[-1:] == ETX)


def _drop_trailer(buffer: bytearray) -> None:
	"""Drop what follows ETX or ETB of a frame, but nothing that a next frame could begin with."""
	for _place in range(_TRAILER):
		if not buffer or _ENDS.match(buffer[:1]):
			return
		del buffer[0]
