"""SMS arithmetic: what a text costs and what it may hold.

Source: 3GPP TS 23.038 (alphabets) and 23.040 (concatenation: a header of 6 octets in each part).
"""

import re

GSM_BASIC = set(
	"@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
	"¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENDED = set("^{}\\[~]|€\f")


def segments(text: str) -> int:
	"""Return how many SMS parts a text takes, 0 for an empty one."""
	if not text:
		return 0
	if set(text) <= GSM_BASIC | GSM_EXTENDED:
		length = sum(2 if char in GSM_EXTENDED else 1 for char in text)
		single, part = 160, 153
	else:
		length = len(text.encode("utf-16-be")) // 2
		single, part = 70, 67
	return 1 if length <= single else -(-length // part)


def tidy(text: str) -> str:
	"""Return the text as an SMS should hold it: ordinary spaces and hyphens, no empty lines."""
	text = text.replace("\u00a0", " ").replace("—", "-").replace("–", "-")
	return re.sub(r"\s*\n\s*", "\n", re.sub(r"[ \t]+", " ", text)).strip()
