"""SMS arithmetic: what a text costs and what it may hold.

Source: 3GPP TS 23.038 (alphabets) and 23.040 (concatenation: a header of 6 octets in each part).
"""

import re
from dataclasses import dataclass

GSM_BASIC = set(
	"@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
	"¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENDED = set("^{}\\[~]|€\f")


@dataclass(frozen=True)
class Measure:
	"""What a text takes.

	Args:
		characters: characters as the network counts them.
		parts: SMS parts, 0 for an empty text.
		left: characters that still fit into the last part.
		is_latin: it is written in the alphabet of which 160 characters fit into a part, not 70.
	"""

	characters: int
	parts: int
	left: int
	is_latin: bool


def measure(text: str) -> Measure:
	"""Return what an SMS text takes."""
	is_latin = set(text) <= GSM_BASIC | GSM_EXTENDED
	if is_latin:
		length = sum(2 if char in GSM_EXTENDED else 1 for char in text)
		single, part = 160, 153
	else:
		length = len(text.encode("utf-16-be")) // 2
		single, part = 70, 67
	parts = 0 if not length else 1 if length <= single else -(-length // part)
	room = single if parts < 2 else parts * part
	return Measure(length, parts, room - length, is_latin)


def segments(text: str) -> int:
	"""Return how many SMS parts a text takes, 0 for an empty one."""
	return measure(text).parts


def tidy(text: str) -> str:
	"""Return the text as an SMS should hold it: ordinary spaces and hyphens, no empty lines."""
	text = text.replace("\u00a0", " ").replace("—", "-").replace("–", "-")
	return re.sub(r"\s*\n\s*", "\n", re.sub(r"[ \t]+", " ", text)).strip()
