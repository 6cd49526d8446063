"""What the listener needs of a message: its MSH, read tolerantly, and where one message ends in a batch
(FHS/BHS).

Nothing after MSH is looked at here; `reader.py` reads whole messages.
"""

import re
from dataclasses import dataclass, field

from lab_crm.lis.hl7.escapes import USUAL, Separators, unescape

_BEGINNINGS = (b"MSH", b"FHS", b"BHS")
_MESSAGE_START = re.compile(rb"(?:^|[\r\n]+)(?=(?:MSH|BHS|BTS|FHS|FTS)[^A-Za-z0-9\r\n])")
_BOM = b"\xef\xbb\xbf"


class NotHL7(ValueError):
	"""The bytes are no HL7 v2 message at all."""


@dataclass(frozen=True, slots=True)
class Header:
	"""The MSH segment. Texts are unescaped; empty and null (`""`) fields are empty strings."""

	separators: Separators = USUAL
	sending_application: str = ""
	sending_facility: str = ""
	receiving_application: str = ""
	receiving_facility: str = ""
	sent_at: str = ""
	code: str = ""
	event: str = ""
	structure: str = ""
	control_id: str = ""
	processing_id: str = ""
	version: str = ""
	accept_ack: str = ""
	application_ack: str = ""
	charset: str = ""

	@property
	def message_type(self) -> str:
		"""`ORU^R01`, or `ORU` where no event is given."""
		return f"{self.code}^{self.event}" if self.event else self.code


@dataclass(frozen=True, slots=True)
class Batch:
	"""The messages of one frame. `is_batch` when they came in a FHS/BHS envelope or several at once."""

	messages: list[bytes] = field(default_factory=list)
	is_batch: bool = False
	batch_id: str = ""  # BHS-11 (or FHS-11)


def clean(payload: bytes) -> bytes:
	"""Return a frame's payload without the byte order mark and blank lines some senders put before it."""
	return payload.removeprefix(_BOM).strip(b" \t\r\n")


def split(payload: bytes) -> Batch:
	"""Return the messages of one frame.

	Raises:
		NotHL7: it begins with neither MSH nor a batch header, or holds no message.
	"""
	payload = clean(payload)
	if not payload.startswith(_BEGINNINGS) or len(payload) < 8:
		raise NotHL7("the frame does not begin with MSH, FHS or BHS")
	if payload.startswith(b"MSH") and not re.search(rb"[\r\n](?:MSH|BTS|FTS|BHS)[^A-Za-z0-9\r\n]", payload):
		return Batch([payload])
	parts = [part for part in _MESSAGE_START.split(payload) if part]
	messages = [part for part in parts if part.startswith(b"MSH")]
	if not messages:
		raise NotHL7("the batch holds no message")
	envelopes = [part for part in parts if part.startswith((b"BHS", b"FHS"))]
	return Batch(messages, bool(envelopes) or len(messages) > 1, _batch_id(envelopes))


def declared_charset(message: bytes) -> str:
	"""Return MSH-18 of a message whose character set is not known yet."""
	fields = fields_of(first_line(message))
	return fields[17].decode("ascii", "replace").strip() if len(fields) > 17 else ""


def fields_of(line: bytes) -> list[bytes]:
	"""Return the fields of a header segment by the separator it names itself; none when it names none."""
	return line.split(line[3:4]) if len(line) > 3 else []


def first_line(message: bytes) -> bytes:
	"""Return the MSH segment's bytes."""
	ends = [at for at in (message.find(b"\r"), message.find(b"\n")) if at >= 0]
	return message[: min(ends)] if ends else message


def read(text: str) -> Header:
	"""Return the header of a message.

	Args:
		text: the decoded message, or its first segment.

	Raises:
		NotHL7: the first segment is no MSH, or its delimiters are none.
	"""
	line = re.split(r"[\r\n]", text, maxsplit=1)[0]
	if not line.startswith("MSH") or len(line) < 8 or line[3].isalnum() or line[3].isspace():
		raise NotHL7("the message does not begin with an MSH segment")
	fields = line.split(line[3])
	separators = Separators.of(line[3], fields[1])
	if len({line[3], *separators.encoding_characters}) < 5 or any(
		map(str.isalnum, separators.encoding_characters)
	):
		raise NotHL7("MSH-2 does not give four different delimiters")
	return _header(fields, separators)


def _header(fields: list[str], separators: Separators) -> Header:
	def whole(number: int) -> str:
		value = fields[number - 1].strip() if len(fields) >= number else ""
		return "" if value == '""' else value

	def plain(number: int) -> str:
		return unescape(whole(number), separators)

	code, event, structure = [*whole(9).split(separators.component), "", "", ""][:3]
	if not event and "_" in code:  # "ORU_R01" in the place of "ORU^R01"
		code, _, event = code.partition("_")
	return Header(
		separators=separators,
		sending_application=plain(3),
		sending_facility=plain(4),
		receiving_application=plain(5),
		receiving_facility=plain(6),
		sent_at=whole(7),
		code=code.strip().upper(),
		event=event.strip().upper(),
		structure=structure.strip(),
		control_id=plain(10),
		processing_id=whole(11).split(separators.component)[0],
		version=whole(12).split(separators.component)[0],
		accept_ack=whole(15).upper(),
		application_ack=whole(16).upper(),
		charset=whole(18),
	)


def _batch_id(envelopes: list[bytes]) -> str:
	"""Return BHS-11, or FHS-11 when there is no batch header."""
	for line in map(first_line, sorted(envelopes)):  # BHS sorts before FHS
		fields = fields_of(line)
		if len(fields) > 10 and fields[10]:
			return fields[10].decode("utf-8", "replace")
	return ""
