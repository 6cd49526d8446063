"""Records of E1394: H, P, O, R, C, Q, M, S, L, one a line, with the delimiters that H declares.

Reading is tolerant and never raises; writing uses the usual delimiters. Fields count from 1 as in the
standard: field 1 is the record's type, field 2 of H the delimiters.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_ESCAPED = re.compile(r"X((?:[0-9A-Fa-f]{2})+)$")
_BEGINNING = re.compile(r"^H(?![A-Za-z0-9\s])", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Delimiters:
	"""The delimiters of a message: of fields, repetitions, components, and the mark of escapes."""

	field: str = "|"
	repeat: str = "\\"
	component: str = "^"
	escape: str = "&"

	@classmethod
	def of(cls, line: str) -> "Delimiters":
		"""Return the delimiters that a header declares; those left out take their usual value."""
		field = line[1:2] or "|"
		given = line[2:5].split(field)[0]
		return cls(field, *(given + "\\^&"[len(given) :]))

	@property
	def definition(self) -> str:
		"""Field 2 of H as it is written."""
		return self.repeat + self.component + self.escape


USUAL = Delimiters()


class Record:
	"""One record."""

	__slots__ = ("_delimiters", "_fields", "kind")

	def __init__(self, line: str, delimiters: Delimiters):
		self._fields = line.split(delimiters.field)
		self._delimiters = delimiters
		self.kind = self._fields[0].strip().upper()[:1]

	def raw(self, field: int) -> str:
		"""Return a field as it stands, empty when it is missing."""
		return self._fields[field - 1].strip() if field <= len(self._fields) else ""

	def repeats(self, field: int) -> list[list[str]]:
		"""Return the repetitions of a field, each as its components, unescaped; none for an empty field."""
		raw, parts = self.raw(field), self._delimiters
		return [
			[unescape(part, parts).strip() for part in each.split(parts.component)]
			for each in (raw.split(parts.repeat) if raw else [])
		]

	def components(self, field: int) -> list[str]:
		"""Return the components of the first repetition of a field."""
		repeats = self.repeats(field)
		return repeats[0] if repeats else []

	def text(self, field: int, component: int = 1) -> str:
		"""Return one component of the first repetition, empty when it is missing."""
		components = self.components(field)
		return components[component - 1] if component <= len(components) else ""


def is_message(text: str) -> bool:
	"""Whether a text begins with a header record (and not with HL7's MSH)."""
	return bool(_BEGINNING.match(text.lstrip("\ufeff \t\r\n")))


def split(text: str) -> list[str]:
	"""Return the messages that stand one after the other in a text; what precedes the first H is one too."""
	text = text.replace("\r\n", "\r").replace("\n", "\r").strip("\r ")
	starts = [match.start() for match in re.finditer(r"(?:^|(?<=\r))H(?![A-Za-z0-9\s])", text)]
	if not starts or starts[0]:
		starts = [0, *starts]
	ends = [*starts[1:], len(text)]
	return [
		text[start:end].strip("\r") + "\r" for start, end in zip(starts, ends, strict=True) if end > start
	]


def read(text: str) -> list[Record]:
	"""Return the records of one message, in order; delimiters are those of its H, or the usual ones."""
	lines = [line for line in re.split(r"[\r\n]+", text.lstrip("\ufeff")) if line.strip()]
	delimiters = Delimiters.of(lines[0]) if lines and is_message(lines[0]) else USUAL
	return [Record(line.lstrip(), delimiters) for line in lines]


def build(records: Sequence[Sequence]) -> str:
	"""Return records as text, each ended by CR.

	Args:
		records: each a row of fields, the type first. A field is a text, a list of components, or a list of
			lists: repetitions of components. H gets its delimiters by itself.
	"""
	lines = []
	for kind, *fields in records:
		written = [_field(each) for each in fields]
		if kind == "H":
			written.insert(0, USUAL.definition)
		lines.append(USUAL.field.join([kind, *written]).rstrip(USUAL.field))
	return "".join(f"{line}\r" for line in lines)


def unescape(text: str, delimiters: Delimiters = USUAL) -> str:
	"""Return a text with its escape sequences (&F& &S& &R& &E& &Xhh& &H& &N&) resolved; others stay."""
	mark = delimiters.escape
	if mark not in text:
		return text
	meanings = {
		"F": delimiters.field, "S": delimiters.component, "R": delimiters.repeat, "E": mark, "H": "", "N": "",
	}  # fmt: skip
	out, at = [], 0
	while (start := text.find(mark, at)) >= 0 and (stop := text.find(mark, start + 1)) >= 0:
		body = text[start + 1 : stop]
		coded = _ESCAPED.match(body)
		meaning = bytes.fromhex(coded[1]).decode("latin-1") if coded else meanings.get(body)
		out += [text[at:start], text[start:stop] if meaning is None else meaning]
		at = stop if meaning is None else stop + 1
	return "".join([*out, text[at:]])


def escape(text: str, delimiters: Delimiters = USUAL) -> str:
	"""Return a text ready to stand in one component, on one line, without control characters."""
	table = {
		delimiters.escape: "E", delimiters.field: "F", delimiters.component: "S", delimiters.repeat: "R",
	}  # fmt: skip
	mark = delimiters.escape
	plain = " ".join(text.split())
	return "".join(f"{mark}{table[char]}{mark}" if char in table else char for char in plain if char >= " ")


def _field(value) -> str:
	if isinstance(value, str):
		return escape(value)
	repeats = value if value and isinstance(value[0], list) else [value]
	return USUAL.repeat.join(USUAL.component.join(map(escape, each)).rstrip("^") for each in repeats)
