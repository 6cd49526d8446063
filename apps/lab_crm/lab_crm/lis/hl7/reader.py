"""A tolerant reader of whole HL7 v2 messages: segments, fields, repetitions, components, subcomponents.

It keeps the text and cuts it on demand. Whatever a sender got wrong around the edges (line ends, stray line
breaks inside a field, short MSH-2, unknown segments) is read; only a text without an MSH is refused.
`docs/decisions/0003-hl7-parsing.md` says why it is ours.
"""

import re
from collections.abc import Iterator

from lab_crm.lis.hl7.escapes import Separators, unescape
from lab_crm.lis.hl7.header import Header
from lab_crm.lis.hl7.header import read as read_header

NULL = '""'
_HEADERS = ("MSH", "FHS", "BHS")
_NAME = re.compile(r"[A-Z][A-Z0-9]{2}")


class Segment:
	"""One segment. Fields, repetitions, components and subcomponents count from 1, as in the standard."""

	__slots__ = ("_codec", "_fields", "_separators", "name")

	def __init__(self, line: str, separators: Separators, codec: str = "utf-8"):
		fields = line.split(separators.field)
		self.name = fields[0].strip()
		if self.name in _HEADERS:
			fields.insert(1, separators.field)
		self._fields = fields
		self._separators = separators
		self._codec = codec

	def __len__(self) -> int:
		"""Number of the last field."""
		return len(self._fields) - 1

	def raw(self, field: int) -> str:
		"""Return a field as it stands, empty when it is missing."""
		return self._fields[field].strip() if field < len(self._fields) else ""

	def is_null(self, field: int) -> bool:
		"""Whether the field holds the null value `""`: "delete what you have"."""
		return self.raw(field) == NULL

	def component_is_null(self, field: int, component: int) -> bool:
		"""Whether a component of the field's first repetition holds the null value."""
		first = next(iter(self.repetitions(field)), "")
		return _nth(first, self._separators.component, component) == NULL

	def repetitions(self, field: int) -> list[str]:
		"""Return the field's repetitions as they stand; none for an empty field."""
		raw = self.raw(field)
		return raw.split(self._separators.repetition) if raw else []

	def components(self, repetition: str) -> list[str]:
		"""Return the components of one repetition, unescaped, subcomponents unsplit; null is empty."""
		return [self.plain(part) for part in repetition.split(self._separators.component)]

	def text(self, field: int, component: int = 1, subcomponent: int = 1, repetition: int = 1) -> str:
		"""Return one unescaped value, empty when it is missing or null."""
		repetitions = self.repetitions(field)
		if repetition > len(repetitions):
			return ""
		part = _nth(repetitions[repetition - 1], self._separators.component, component)
		return self.plain(_nth(part, self._separators.subcomponent, subcomponent))

	def whole(self, field: int) -> str:
		"""Return a field unescaped as one text, its delimiters as they stand; null is empty."""
		return self.plain(self.raw(field))

	def plain(self, value: str) -> str:
		"""Return `value` unescaped; null is empty."""
		return "" if value == NULL else unescape(value, self._separators, self._codec).strip()


class Message:
	"""One message: its header and its segments in order."""

	__slots__ = ("codec", "header", "segments")

	def __init__(self, header: Header, segments: list[Segment], codec: str):
		self.header = header
		self.segments = segments
		self.codec = codec

	def __iter__(self) -> Iterator[Segment]:
		return iter(self.segments)

	def first(self, name: str) -> Segment | None:
		"""Return the first segment of a name."""
		return next((segment for segment in self.segments if segment.name == name), None)

	def all(self, name: str) -> list[Segment]:
		"""Return all segments of a name, in order."""
		return [segment for segment in self.segments if segment.name == name]


def read(text: str, codec: str = "utf-8") -> Message:
	"""Return a message.

	Args:
		text: one message, decoded.
		codec: Python name of the character set it came in, for `\\X…\\` escapes.

	Raises:
		NotHL7: it does not begin with an MSH segment.
	"""
	text = text.lstrip("\ufeff \t\r\n")
	header = read_header(text)
	return Message(
		header,
		[Segment(line, header.separators, codec) for line in _lines(text, header.separators.field)],
		codec,
	)


def _lines(text: str, field: str) -> list[str]:
	"""Cut a message into segments. A line that begins with no segment name belongs to the text of the segment
	before.
	"""
	lines: list[str] = []
	for part in re.split(r"\r\n?", text) if "\r" in text else text.split("\n"):
		for place, line in enumerate(part.split("\n")):
			named = _NAME.match(line) and (line[3:4] == field or (place == 0 and len(line) == 3))
			if named or not lines:
				lines.append(line)
			elif line.strip():
				lines[-1] += "\n" + line
	return lines


def _nth(text: str, separator: str, number: int) -> str:
	parts = text.split(separator, number)
	return parts[number - 1] if number <= len(parts) else ""
