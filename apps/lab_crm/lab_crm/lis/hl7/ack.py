"""Acknowledgements: the ones we give (AA/AE/AR, CA/CE/CR where asked) and the ones we read.

Source: HL7 v2.5.1 section 2.9 (original and enhanced modes), MSA, ERR.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from lab_crm.lis.hl7.accept import Problem
from lab_crm.lis.hl7.escapes import Separators, escape
from lab_crm.lis.hl7.header import Header
from lab_crm.lis.hl7.reader import Segment, read

US = "LABCRM"
ACCEPTED = ("AA", "CA")
# ORC-1 of an order response that says: unable to accept, cancel, change, discontinue …
REFUSALS = frozenset({"UA", "UC", "UX", "UD", "UF", "UH", "UM", "UR"})
# condition of MSH-15/16 → answered when (all went well, something is wrong)
_STRUCTURES = {"MFK": "MFK_M01"}  # where it is called otherwise than the message
_CONDITIONS = {"AL": (True, True), "NE": (False, False), "ER": (False, True), "SU": (True, False)}


@dataclass(frozen=True, slots=True)
class Acknowledgement:
	"""An acknowledgement as it was read.

	`code` is MSA-1 (AA, AE, AR, CA, CE, CR), `control_id` MSA-2, `errors` one line for each ERR segment,
	`filler` ORC-3 and `order_control` ORC-1 of an order response.
	"""

	code: str
	control_id: str
	text: str = ""
	errors: list[str] = field(default_factory=list)
	filler: str = ""
	message_type: str = ""
	order_control: str = ""

	@property
	def accepted(self) -> bool:
		"""Whether the other system took the message, and the order when it answers about one."""
		return self.code in ACCEPTED and self.order_control not in REFUSALS

	@property
	def explanation(self) -> str:
		"""What it says about a refusal, for people."""
		return "; ".join(dict.fromkeys(part for part in (self.text, *self.errors) if part))


def reply_code(header: Header, problem: Problem | None) -> str | None:
	"""Return the MSA-1 the sender asks for, or None when it wants no answer now.

	In the enhanced mode the accept acknowledgement comes first; the application's is given at once only when
	no accept one is due.
	"""
	letter = "A" if problem is None else ("R" if problem.reject else "E")
	if header.code == "ACK" and not header.accept_ack:
		return None  # answering an answer would never end
	if not header.accept_ack and not header.application_ack:
		return f"A{letter}"
	if _asked(header.accept_ack, problem):
		return f"C{letter}"
	return f"A{letter}" if _asked(header.application_ack, problem) else None


def wants_result(header: Header) -> bool:
	"""Tell whether a sender in the enhanced mode waits for the application's answer after the accept one."""
	return (reply_code(header, None) or "C")[0] == "C" and _asked(header.application_ack or "NE", None)


def _asked(condition: str, problem: Problem | None) -> bool:
	well, wrong = _CONDITIONS.get(condition, (bool(condition), bool(condition)))
	return well if problem is None else wrong


def build(
	header: Header,
	code: str,
	ack_id: str,
	at: datetime,
	problem: Problem | None = None,
	kind: str = "ACK",
	tail: Iterable[Sequence[str]] = (),
	accept_ack: str = "",
) -> str:
	"""Return the acknowledgement of a message.

	Args:
		header: of the message that is acknowledged; its delimiters, version and character set are used.
		code: MSA-1.
		ack_id: our MSH-10.
		at: the time now, with its offset.
		problem: what is wrong, when something is.
		kind: message code of the answer.
		tail: segments after the MSA, as their fields stand in the message.
		accept_ack: MSH-15 of an answer that is itself to be acknowledged.
	"""
	parts = header.separators
	msh = _msh(header, ack_id, at, kind, accept_ack)
	msa = ["MSA", code, escape(header.control_id, parts)]
	lines = [msh, msa]
	if problem:
		if _number(header.version) < (2, 7):
			msa.append(escape(problem.detail, parts))
		lines.append(_error(problem, header, parts))
	lines += tail
	return "".join(parts.field.join(line) + "\r" for line in lines)


def batch_envelope(count: int, batch_id: str, at: datetime) -> tuple[str, str]:
	"""Return the segments before and after the acknowledgements of a batch's messages.

	Args:
		count: how many acknowledgements stand between them.
		batch_id: control ID of the batch that is answered (BHS-11), echoed in BHS-12.
		at: the time now, with its offset.
	"""
	stamp = at.strftime("%Y%m%d%H%M%S%z")
	return f"BHS|^~\\&|{US}||||{stamp}|||||{escape(batch_id)}\r", f"BTS|{count}\r"


def read_ack(text: str) -> Acknowledgement | None:
	"""Return what an answer says, or None when it holds no MSA.

	Raises:
		NotHL7: it is no HL7 message.
	"""
	message = read(text)
	msa = message.first("MSA")
	if msa is None:
		return None
	order = message.first("ORC")
	return Acknowledgement(
		code=msa.text(1).upper(),
		control_id=msa.text(2),
		text=msa.text(3),
		errors=[line for line in map(_read_error, message.all("ERR")) if line],
		filler=order.text(3) if order else "",
		message_type=message.header.message_type,
		order_control=order.text(1).upper() if order else "",
	)


def _msh(header: Header, ack_id: str, at: datetime, kind: str, accept_ack: str) -> list[str]:
	"""The MSH of an answer: the ends change places."""
	parts = header.separators
	msh = [
		"MSH",
		parts.encoding_characters,
		escape(header.receiving_application or US, parts),
		escape(header.receiving_facility, parts),
		escape(header.sending_application, parts),
		escape(header.sending_facility, parts),
		at.strftime("%Y%m%d%H%M%S%z"),
		"",
		_ack_type(header, kind),
		ack_id,
		header.processing_id or "P",
		header.version or "2.5.1",
	]
	rest = ["", "", accept_ack, "NE" if accept_ack else "", "", header.charset]
	return [*msh, *(rest if any(rest) else [])]


def _ack_type(header: Header, kind: str) -> str:
	"""MSH-9 of the answer, as the sender's version knows it (2.3.1 added the event, 2.4 the structure)."""
	version = _number(header.version)
	if not header.event or version < (2, 3, 1):
		return kind
	words = [kind, header.event, *([_STRUCTURES.get(kind, kind)] if version >= (2, 4) else [])]
	return header.separators.component.join(words)


def _number(version: str) -> tuple[int, ...]:
	return tuple(int(part) for part in (version or "2.5.1").split(".") if part.isdecimal()) or (2, 5, 1)


def _error(problem: Problem, header: Header, parts: Separators) -> list[str]:
	"""ERR as the sender's version knows it: fields 2–8 since 2.5, before that one field of components."""
	words, detail = escape(problem.words, parts), escape(problem.detail, parts)
	place = ["MSH", "1", str(problem.field)] if problem.field else []
	if _number(header.version) >= (2, 5):
		coded = parts.component.join((problem.code, words, "HL70357"))
		return ["ERR", "", parts.component.join(place), coded, "E", "", "", "", detail]
	coded = parts.subcomponent.join((problem.code, words, "HL70357"))
	return ["ERR", parts.component.join([*(place or ["", "", ""]), coded])]


def _read_error(segment: Segment) -> str:
	"""One line of an ERR segment, whichever version wrote it."""
	coded = segment.text(3, component=2) or segment.text(3) or segment.text(1, component=4, subcomponent=2)
	said = segment.text(8) or segment.text(7)
	place = ".".join(filter(None, (segment.text(2, component=n) for n in (1, 2, 3))))
	text = ": ".join(filter(None, (coded, said))) or segment.text(1, component=4)
	return f"{text} ({place})" if text and place else text
