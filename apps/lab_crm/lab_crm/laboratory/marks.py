"""How values look in print: signs that need no colour, Russian numbers, places in an interval. Pure."""

import re
from dataclasses import dataclass

from lab_crm.catalogue import references
from lab_crm.laboratory.observations import parse_reference

# flag → sign and its meaning (English, translated where it is printed)
SIGNS = {
	"": ("", ""),
	"H": ("↑", "above the reference interval"),
	"L": ("↓", "below the reference interval"),
	"HH": ("↑↑", "critically high"),
	"LL": ("↓↓", "critically low"),
	"A": ("!", "differs from the normal value"),
}
CRITICAL = ("HH", "LL")
SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
LONG = 24


@dataclass(frozen=True)
class Scale:
	"""Where a value lies: the interval is the middle half of a line 0-100; `place` stops before its ends,
	so that its mark is whole.
	"""

	place: float
	low: float = 25
	high: float = 75


def sign(flag: str | None) -> str:
	"""Return the sign of a flag, empty for a normal value."""
	return SIGNS.get(flag or "", SIGNS[""])[0]


def meaning(flag: str | None) -> str:
	"""Return what the sign means, in English."""
	return SIGNS.get(flag or "", SIGNS[""])[1]


def number(value: str | None) -> str:
	"""Write a value the Russian way ("5.4" → "5,4", "<0.1" → "< 0,1"); a text stays as it is."""
	parsed = references.parse_value(value)
	if parsed is None:
		return (value or "").strip()
	text = references.format_number(parsed.number)
	return f"{parsed.relation}\u00a0{text}" if parsed.relation else text


def interval(text: str | None) -> str:
	"""Write a reference interval the Russian way when it is one, else as it came."""
	found = parse_reference(text or "")
	return references.render(found) if found else (text or "").strip()


def unit(text: str | None) -> str:
	"""Write powers of a unit as powers: "10^9/л" → "10⁹/л"."""
	return re.sub(r"\^(\d+)", lambda power: power[1].translate(SUPERSCRIPTS), text or "")


def is_long(value: str | None) -> bool:
	"""Tell whether a value is a sentence rather than a figure or a word, and needs several columns."""
	return len(value or "") > LONG and references.parse_value(value) is None


def scale(value: str | None, reference_text: str | None) -> Scale | None:
	"""Return the place of a number in a two-sided interval; None where there is nothing to draw."""
	found, parsed = parse_reference(reference_text or ""), references.parse_value(value)
	if not found or not parsed or parsed.relation or found.low is None or found.high is None:
		return None
	width = found.high - found.low
	if not width:
		return None
	place = 25 + 50 * float((parsed.number - found.low) / width)
	return Scale(place=round(min(max(place, 5), 95), 1))
