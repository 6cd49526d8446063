"""Rules that change single fields of a message we made, for what a LIS wants elsewhere or in segments of its
own. Pure.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from lab_crm.lis.hl7.escapes import escape

# By these the message is sent and its answers and results find their order.
KEPT = frozenset(
	{("MSH", number) for number in (1, 2, 7, 9, 10, 12, 18)}
	| {("ORC", number) for number in (1, 2, 3)}
	| {("OBR", number) for number in (1, 2, 3)}
	| {("PID", 3), ("SPM", 1), ("NTE", 1)}
)
MOST_FIELDS, MOST_COMPONENTS = 99, 30
_PLACE = re.compile(r"([A-Z][A-Z0-9]{2})-(\d{1,2})(?:\.(\d{1,2}))?$")


class BadPlace(ValueError):
	"""A place that no rule may change; `reason` is a machine code: UNREADABLE or KEPT."""

	def __init__(self, reason: str):
		super().__init__(reason)
		self.reason = reason


@dataclass(frozen=True, slots=True)
class Place:
	"""A field of a segment, or one component of it (0: the whole field)."""

	segment: str
	field: int
	component: int = 0

	def __str__(self) -> str:
		return f"{self.segment}-{self.field}" + (f".{self.component}" if self.component else "")


@dataclass(frozen=True, slots=True)
class Rule:
	"""What a place holds: `value` is asked with the number of the order's item the segment stands for, from
	0, or None.
	"""

	place: Place
	value: Callable[[int | None], str]


def place(text: str) -> Place:
	"""Read a place such as `PID-18` or `obr-13.2`.

	Raises:
		BadPlace: it is none, or not to be changed.
	"""
	match = _PLACE.match(text.strip().upper())
	if not match:
		raise BadPlace("UNREADABLE")
	found = Place(match[1], int(match[2]), int(match[3] or 0))
	sizes = 1 <= found.field <= MOST_FIELDS and found.component <= MOST_COMPONENTS
	if not sizes or (match[3] and not found.component):
		raise BadPlace("UNREADABLE")
	if (found.segment, found.field) in KEPT:
		raise BadPlace("KEPT")
	return found


def apply(text: str, rules: Iterable[Rule]) -> str:
	"""Return a message with its fields changed.

	A segment of the LIS's own (Z..) that the message does not have is added at its end. Of others that are
	missing nothing is added: where they belong depends on the message.

	Args:
		text: as we made it, with our delimiters.
		rules: in order; a later one overwrites.
	"""
	lines = [line.split("|") for line in text.split("\r") if line]
	for rule in rules:
		_apply(lines, rule)
	return "".join("|".join(_trimmed(line)) + "\r" for line in lines)


def _apply(lines: list[list[str]], rule: Rule) -> None:
	name = rule.place.segment
	if name.startswith("Z") and not any(line[0] == name for line in lines):
		lines.append([name])
	item = -1
	for line in lines:
		item += line[0] == "ORC"
		if line[0] == name:
			_set(line, rule.place, _one_line(rule.value(item if item >= 0 and name[0] != "Z" else None)))


def _set(line: list[str], where: Place, value: str) -> None:
	index = where.field - (where.segment == "MSH")  # MSH-1 is the delimiter itself
	line.extend([""] * (index + 1 - len(line)))
	if not where.component:
		line[index] = value
		return
	parts = line[index].split("^")
	parts.extend([""] * (where.component - len(parts)))
	parts[where.component - 1] = value
	line[index] = "^".join(parts).rstrip("^")


def _trimmed(line: Sequence[str]) -> list[str]:
	fields = list(line)
	while len(fields) > 1 and not fields[-1]:
		fields.pop()
	return fields


def _one_line(text: str) -> str:
	return escape(" ".join(text.split()))


def of_item(values: Sequence[Mapping[str, str]], key: str) -> Callable[[int | None], str]:
	"""Return a value that each item of an order has for itself; of the first where none is meant."""

	def value(item: int | None) -> str:
		return values[min(item or 0, len(values) - 1)].get(key, "") if values else ""

	return value
