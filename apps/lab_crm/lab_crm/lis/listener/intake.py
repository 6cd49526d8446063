"""Decides what a frame is: which rows it makes and what is answered. No input or output of its own."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address

from lab_crm.lis.hl7 import accept, ack, encoding, header, master
from lab_crm.lis.hl7.accept import Problem
from lab_crm.lis.hl7.framing import Frame, Oversize
from lab_crm.lis.hl7.header import Header, NotHL7
from lab_crm.lis.identity import IN, body_digest, message_key, refused_key
from lab_crm.lis.listener.store import HL7, Profile, Row, Saved

Address = IPv4Address | IPv6Address
_ANYONE = Profile("")


@dataclass(slots=True)
class Entry:
	"""One message of a frame: its header, the row to store and, when it is refused, why."""

	header: Header
	row: Row
	codec: str = encoding.UTF8
	problem: Problem | None = None


@dataclass(slots=True)
class Intake:
	"""What one frame holds."""

	entries: list[Entry] = field(default_factory=list)
	is_batch: bool = False
	batch_id: str = ""


class Desk:
	"""Examines frames with the connections known at the moment.

	Args:
		profiles: the enabled LIS Connections.
	"""

	def __init__(self, profiles: Sequence[Profile] = ()):
		self.profiles = [profile for profile in profiles if profile.protocol == HL7]

	def admits(self, peer: Address) -> bool:
		"""Whether a peer may connect: some connection allows it, or none of them has a list."""
		return not self.profiles or any(profile.allows(peer) for profile in self.profiles)

	def examine(self, event: Frame | Oversize, peer: Address) -> Intake:
		"""Return what a frame holds, each message with its row and what is wrong with it."""
		if isinstance(event, Oversize):
			return Intake([self._oversize(event, peer)])
		try:
			batch = header.split(event.payload)
		except NotHL7 as error:
			problem = Problem("100", str(error), reject=True)
			return Intake(
				[_refused(Header(), event.payload, encoding.readable(event.payload), problem, str(peer))]
			)
		entries = [self._message(raw, peer) for raw in batch.messages]
		return Intake(entries, batch.is_batch, batch.batch_id)

	def _message(self, raw: bytes, peer: Address) -> Entry:
		profile = self._profile(raw)
		try:
			decoded = encoding.decode(raw, header.declared_charset(raw), profile.encoding)
		except encoding.WrongEncoding as error:
			problem = Problem("103" if error.table_value else "102", str(error), 18)
			return _refused(
				_header_or_empty(error.readable), raw, error.readable, problem, str(peer), profile
			)
		try:
			head = header.read(decoded.text)
		except NotHL7 as error:
			problem = Problem("100", str(error), reject=True)
			return _refused(Header(), raw, decoded.text, problem, str(peer), profile)
		problem = accept.check(head)
		if problem is None and accept.is_of(head.message_type, accept.MASTER_FILES):
			problem = master.check(decoded.text)
		if problem is None and not profile.allows(peer):
			problem = Problem("207", f"{head.sending_application} may not connect from {peer}", reject=True)
		if problem:
			return _refused(head, raw, decoded.text, problem, str(peer), profile, decoded.codec)
		row = Row(
			message_key(IN, head.sending_application, head.control_id),
			decoded.text,
			body_digest(raw),
			"Processed" if head.code in accept.QUERIES else "Received",  # a question is answered at once
			charset=decoded.codec,
			ack_code=ack.reply_code(head, None) or "",
			**_about(head, str(peer), profile),
		)
		return Entry(head, row, decoded.codec)

	def _oversize(self, event: Oversize, peer: Address) -> Entry:
		text = encoding.readable(event.head)
		problem = Problem("104", f"the message of {event.size} bytes is longer than we take")
		return _refused(_header_or_empty(text), event.head, text, problem, str(peer))

	def _profile(self, raw: bytes) -> Profile:
		"""Find the connection by MSH-3 and MSH-4, byte by byte: the character set is not known yet."""
		fields = header.fields_of(header.first_line(raw))
		if len(fields) < 4:
			return _ANYONE
		names = {fields[2], fields[2].split(fields[1][:1] or b"^")[0]}
		same = [profile for profile in self.profiles if _bytes(profile.application, profile) in names - {b""}]
		exact = [
			profile for profile in same if profile.facility and _bytes(profile.facility, profile) == fields[3]
		]
		general = [profile for profile in same if not profile.facility]
		found = exact or general or same
		return found[0] if len(found) == 1 else _ANYONE


def answer(intake: Intake, saved: Sequence[Saved], at: datetime) -> bytes | None:
	"""Return what is sent back for a frame whose messages are stored, or None when the sender wants no
	answer.

	Args:
		intake: the frame.
		saved: where its rows are, in order.
		at: the time now, aware.
	"""
	replies = []
	for entry, place in zip(intake.entries, saved, strict=True):
		code = ack.reply_code(entry.header, entry.problem)
		if code:
			text = ack.build(
				entry.header, code, place.name, at, entry.problem, **_of_application(entry, code, at)
			)
			replies.append(encoding.encode(text, entry.codec))
	if intake.is_batch and replies:
		head, tail = ack.batch_envelope(len(replies), intake.batch_id, at)
		return encoding.encode(head, encoding.UTF8) + b"".join(replies) + encoding.encode(tail, encoding.UTF8)
	return b"".join(replies) or None


def _of_application(entry: Entry, code: str, at: datetime) -> dict:
	"""Return what makes the answer of the application to a master file an MFK; nothing for other answers."""
	if code != "AA" or not accept.is_of(entry.header.message_type, accept.MASTER_FILES):
		return {}
	return {"kind": "MFK", "tail": master.answer(entry.row.raw, at)}


def asks(frame: Intake) -> bool:
	"""Whether a frame is a question, which is answered with more than an acknowledgement."""
	entry = frame.entries[0]
	return entry.header.code in accept.QUERIES and not entry.problem and not frame.is_batch


def unanswered(entry: Entry) -> Entry:
	"""Return the entry of a question that nobody could answer."""
	return replace(entry, problem=Problem("207", "the question cannot be answered"))


def mixed_up(entry: Entry) -> Entry:
	"""Return the entry of a message whose control ID was used for something else: kept, but refused."""
	text = f"control ID {entry.header.control_id} was used before for a message with other contents"
	problem = Problem("205", text, 10)
	row = replace(
		entry.row,
		message_key=refused_key(entry.row.raw.encode()),
		status="Rejected",
		error=text,
		ack_code=ack.reply_code(entry.header, problem) or "",
	)
	return Entry(entry.header, row, entry.codec, problem)


def unstorable(entry: Entry) -> Entry:
	"""Return the entry of a message the database cannot hold; it is answered, not stored."""
	return replace(entry, problem=Problem("207", "the message cannot be stored"))


def _refused(
	head: Header,
	raw: bytes,
	text: str,
	problem: Problem,
	peer: str,
	profile: Profile = _ANYONE,
	codec: str = encoding.UTF8,
) -> Entry:
	row = Row(
		refused_key(raw),
		text,
		body_digest(raw),
		"Rejected",
		charset=codec,
		ack_code=ack.reply_code(head, problem) or "",
		error=f"{problem.words}: {problem.detail}",
		**_about(head, peer, profile),
	)
	return Entry(head, row, codec, problem)


def _about(head: Header, peer: str, profile: Profile) -> dict[str, str | None]:
	return {
		"message_type": head.message_type,
		"sending_application": head.sending_application,
		"control_id": head.control_id,
		"connection": profile.name or None,
		"peer": peer,
	}


def _header_or_empty(text: str) -> Header:
	try:
		return header.read(text)
	except NotHL7:
		return Header()


def _bytes(name: str, profile: Profile) -> bytes:
	return encoding.encode(name, encoding.SETTINGS[profile.encoding][0])
