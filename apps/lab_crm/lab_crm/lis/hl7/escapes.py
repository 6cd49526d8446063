"""HL7 escape sequences, both ways (HL7 v2.5.1 section 2.7).

Reading knows the delimiters (\\F\\ \\S\\ \\T\\ \\R\\ \\E\\ \\P\\), hexadecimal bytes (\\X0D\\), formatting
(\\.br\\ \\.sp\\ …), highlighting (\\H\\ \\N\\) and leaves what it does not know as it stands: text is never
lost. Writing escapes the delimiters and line ends only.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Separators:
	"""The delimiters a message declares in MSH-1 and MSH-2."""

	field: str = "|"
	component: str = "^"
	repetition: str = "~"
	escape: str = "\\"
	subcomponent: str = "&"

	@property
	def encoding_characters(self) -> str:
		"""MSH-2 as it is written."""
		return self.component + self.repetition + self.escape + self.subcomponent

	@classmethod
	def of(cls, field: str, encoding_characters: str) -> "Separators":
		"""Return the delimiters of MSH-1 and MSH-2; those left out take their usual value."""
		usual = "^~\\&"
		given = encoding_characters[:4]
		return cls(field, *(given + usual[len(given) :]))


USUAL = Separators()

_HIGHLIGHT = ("H", "N")
_LINE_BREAKS = re.compile(r"\.(br|sp|ce|fi|nf|in|ti|sk)\s*([+-]?\d*)$", re.IGNORECASE)
_HEX = re.compile(r"X((?:[0-9A-Fa-f]{2})+)$")
_CONTROL = re.compile(r"[CM][0-9A-Fa-f]{4,6}$")


def unescape(text: str, separators: Separators = USUAL, codec: str = "utf-8") -> str:
	"""Return `text` with its escape sequences resolved.

	Args:
		text: one field, component or subcomponent as it stands in the message.
		separators: the message's delimiters.
		codec: Python name of the message's character set, in which hexadecimal bytes are read.
	"""
	mark = separators.escape
	if mark not in text:
		return text
	out: list[str] = []
	at = 0
	while (start := text.find(mark, at)) >= 0 and (stop := text.find(mark, start + 1)) >= 0:
		meaning = _meaning(text[start + 1 : stop], separators, codec)
		out.append(text[at:start])
		out.append(text[start:stop] if meaning is None else meaning)
		# An unknown sequence may share its closing mark with a known one: only its opening is passed by.
		at = stop if meaning is None else stop + 1
	out.append(text[at:])
	return "".join(out)


def escape(text: str, separators: Separators = USUAL) -> str:
	"""Return `text` ready to stand in one component; line ends become `\\.br\\`, other control characters are
	dropped.
	"""
	mark = separators.escape
	table = {
		mark: "E",
		separators.field: "F",
		separators.component: "S",
		separators.repetition: "R",
		separators.subcomponent: "T",
	}
	out = []
	for char in text.replace("\r\n", "\n").replace("\r", "\n"):
		if char in table:
			out.append(f"{mark}{table[char]}{mark}")
		elif char == "\n":
			out.append(f"{mark}.br{mark}")
		elif char >= " " or char == "\t":
			out.append(char)
	return "".join(out)


def _meaning(body: str, separators: Separators, codec: str) -> str | None:
	"""Return what the sequence between two escape marks stands for, or None when it is no sequence."""
	delimiters = {
		"F": separators.field,
		"S": separators.component,
		"T": separators.subcomponent,
		"R": separators.repetition,
		"E": separators.escape,
		"P": "#",
	}
	if body in delimiters:
		return delimiters[body]
	if body in _HIGHLIGHT or _CONTROL.match(body):
		return ""
	if match := _HEX.match(body):
		return bytes.fromhex(match[1]).decode(codec, "replace").replace("\r\n", "\n").replace("\r", "\n")
	if match := _LINE_BREAKS.match(body):
		return _formatting(match[1].lower(), int(match[2] or 1))
	return None


def _formatting(command: str, count: int) -> str:
	"""Plain-text reading of a formatting command of FT (section 2.7.6)."""
	if command in ("br", "sp", "ce"):
		return "\n" * max(min(count, 20), 1)
	if command == "sk":
		return " " * max(min(count, 200), 1)
	return ""
