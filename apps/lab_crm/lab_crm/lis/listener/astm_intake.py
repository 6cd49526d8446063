"""Decides what a message in records (ASTM E1394) is: which rows it makes, and whether it is taken. No input
or output of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from lab_crm.lis.astm import records
from lab_crm.lis.astm.records import Record
from lab_crm.lis.hl7 import encoding
from lab_crm.lis.identity import ASTM, ASTM_QUERY, ASTM_RESULTS, body_digest, records_key, refused_key
from lab_crm.lis.listener import store
from lab_crm.lis.listener.intake import Address
from lab_crm.lis.listener.store import Profile, Row

_ABORTED = ("T", "E", "R")  # L-3: the analyser itself takes the message back


@dataclass(slots=True)
class Entry:
	"""One message: the row to store, whose it is, whether it asks something. `taken` is False when the
	analyser must keep it: its last frame is refused.
	"""

	row: Row
	profile: Profile | None = None
	asks: bool = False
	taken: bool = True


class AstmDesk:
	"""Examines messages with the connections known at the moment.

	Args:
		profiles: the enabled LIS Connections; those of other protocols are left out.
	"""

	def __init__(self, profiles: Sequence[Profile] = ()):
		self.profiles = [profile for profile in profiles if profile.protocol == store.ASTM]

	def admits(self, peer: Address) -> bool:
		"""Whether a peer may connect: nobody may while no analyser is set up for its address."""
		return any(profile.allows(peer) for profile in self.profiles)

	def examine(self, message: bytes, peer: Address, called: Profile | None = None) -> list[Entry]:
		"""Return what arrived: one entry for each message in it.

		Args:
			message: the records.
			peer: where they came from.
			called: the connection, when it is we who called the analyser.
		"""
		texts = records.split(message.decode("latin-1"))  # byte by byte: the encoding is not known yet
		return [self._message(text.encode("latin-1"), peer, called) for text in texts]

	def broken(self, message: bytes, reason: str, peer: Address, called: Profile | None = None) -> Entry:
		"""Return the entry of a message that was not finished: kept for people to look at, not processed."""
		profile = called or self._profile(message, peer)
		text = encoding.readable(message)
		return _refused(message, text, reason, peer, profile)

	def _message(self, raw: bytes, peer: Address, called: Profile | None) -> Entry:
		profile = called or self._profile(raw, peer)
		try:
			decoded = encoding.decode(raw, "", profile.encoding if profile else "UTF-8")
		except encoding.WrongEncoding as error:
			return _refused(raw, error.readable, str(error), peer, profile)
		if not records.is_message(decoded.text):
			return _refused(raw, decoded.text, "the message does not begin with a header (H)", peer, profile)
		if profile is None:
			name = _name(records.read(decoded.text)[0])
			reason = f"no connection is set up for the analyser {name!r} at {peer}"
			return _refused(raw, decoded.text, reason, peer, None)
		return _entry(raw, decoded, peer, profile)

	def _profile(self, raw: bytes, peer: Address) -> Profile | None:
		"""Find the connection by the address and by H-5, byte by byte: the encoding is the connection's."""
		allowed = [profile for profile in self.profiles if profile.allows(peer)]
		line = raw.lstrip(b"\r\n ").split(b"\r", 1)[0]
		fields = line.split(line[1:2] or b"|")
		sender = fields[4].strip() if len(fields) > 4 else b""
		names = {sender, sender.split(line[3:4] or b"^")[0].strip()} - {b""}
		named = [profile for profile in allowed if profile.application and _bytes(profile) in names]
		found = named or [profile for profile in allowed if not profile.application]
		return found[0] if len(found) == 1 else None


def _entry(raw: bytes, decoded: encoding.Decoded, peer: Address, profile: Profile) -> Entry:
	found = records.read(decoded.text)
	kinds = {record.kind for record in found}
	asks, aborted = "Q" in kinds, _aborted(found)
	kind = ASTM_RESULTS if "R" in kinds else ASTM_QUERY if asks else ASTM
	status, error = "Received" if kind == ASTM_RESULTS else "Processed", None
	if aborted:
		status, error = "Rejected", f"the analyser itself broke the message off (L-3 {aborted})"
	row = Row(
		records_key(profile.name, raw),
		decoded.text,
		body_digest(raw),
		status,
		kind,
		charset=decoded.codec,
		error=error,
		**_about(found[0], peer, profile),
	)
	return Entry(row, profile, asks and not aborted)


def _aborted(found: list[Record]) -> str:
	last = found[-1]
	return last.text(3).upper() if last.kind == "L" and last.text(3).upper() in _ABORTED else ""


def _refused(raw: bytes, text: str, reason: str, peer: Address, profile: Profile | None) -> Entry:
	found = records.read(text)
	head = found[0] if found and found[0].kind == "H" else Record("H", records.USUAL)
	row = Row(
		refused_key(raw),
		text,
		body_digest(raw),
		"Rejected",
		ASTM,
		error=reason,
		**_about(head, peer, profile),
	)
	return Entry(row, profile, taken=False)


def _about(head: Record, peer: Address, profile: Profile | None) -> dict[str, str | None]:
	return {
		"sending_application": _name(head),
		"control_id": head.text(3),
		"connection": profile.name if profile else None,
		"peer": str(peer),
	}


def _name(head: Record) -> str:
	return head.text(5)


def _bytes(profile: Profile) -> bytes:
	return encoding.encode(profile.application, encoding.SETTINGS[profile.encoding][0])
