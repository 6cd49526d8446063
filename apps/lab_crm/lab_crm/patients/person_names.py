"""Names of people: tidied for the screen, folded for comparison, shown the way one speaks to a person."""

import re
import unicodedata

MAX_LENGTH = 100
_ALLOWED = re.compile(r"[^\W\d_]+(?:[ .'’ʼ-]+[^\W\d_]+)*\.?")
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—−"), "-")
# A Cyrillic name typed with some Latin letters of the same look is the same name.
_LOOKALIKES = str.maketrans("aceopxykmthb", "асеорхукмтнв")
_PARTICLES = {"оглы", "кызы", "оглу", "гызы", "углы", "де", "да", "ди", "фон", "ван", "ибн", "бен"}


def tidy(written: str | None) -> str:
	"""Return a part of a name without stray spaces; words typed all in one case get a capital letter."""
	text = unicodedata.normalize("NFC", written or "").translate(_DASHES)
	text = re.sub(r"\s+", " ", text).strip()
	text = re.sub(r"\s*-\s*", "-", text)
	if len(text) > 1 and (text.isupper() or text.islower()):
		text = re.sub(r"[^\W\d_]+", lambda word: _capitalise(word[0]), text)
	return text


def is_name(text: str) -> bool:
	"""Tell whether a tidied text can be part of a name: letters, spaces, hyphens, apostrophes; no links."""
	return len(text) <= MAX_LENGTH and bool(_ALLOWED.fullmatch(text))


def fold(written: str | None) -> str:
	"""Return the form in which names are compared: without case, ё, spacing and look-alike letters."""
	text = unicodedata.normalize("NFKC", written or "").translate(_DASHES).lower().replace("ё", "е")
	text = re.sub(r"[.'’ʼ]", "", text)
	text = re.sub(r"\s+", " ", text).strip()
	text = re.sub(r"\s*-\s*", "-", text)
	return text.translate(_LOOKALIKES) if re.search("[а-я]", text) else text


def full(last_name: str, first_name: str, middle_name: str | None = None) -> str:
	"""Return `Тестова Анна Петровна`."""
	return " ".join(part for part in (last_name, first_name, middle_name) if part)


def polite(first_name: str, middle_name: str | None = None) -> str:
	"""Return the name by which a person is addressed: `Анна Петровна`."""
	return " ".join(part for part in (first_name, middle_name) if part)


def short(last_name: str, first_name: str, middle_name: str | None = None) -> str:
	"""Return `Тестова А. П.`, with no-break spaces, for lists and labels."""
	initials = [f"{part[0]}." for part in (first_name, middle_name) if part]
	return "\u00a0".join([last_name, *initials])


def _capitalise(word: str) -> str:
	lowered = word.lower()
	return lowered if lowered in _PARTICLES else lowered.capitalize()
