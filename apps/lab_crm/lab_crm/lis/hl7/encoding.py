"""Character sets of HL7 messages: what MSH-18 says, what a connection is set to, and what the bytes really
are.

A name read in the wrong character set is a wrong name on a medical document, so a message whose bytes do not
fit is refused with a word on what it looks like, never guessed at silently.
Source: HL7 table 0211; letter frequencies of Russian from the national corpus, rounded.
"""

from dataclasses import dataclass
from math import log

UTF8 = "utf-8"
CP1251 = "cp1251"
ISO5 = "iso8859-5"

# A connection's setting → (Python codec, what we write into MSH-18). Table 0211 has no word for Windows-1251.
SETTINGS = {"UTF-8": (UTF8, "UNICODE UTF-8"), "ISO 8859-5": (ISO5, "8859/5"), "Windows-1251": (CP1251, "")}

_DECLARED = {
	"UNICODE UTF-8": UTF8,
	"UNICODE UTF8": UTF8,
	"UNICODE": UTF8,
	"UTF-8": UTF8,
	"UTF8": UTF8,
	"WINDOWS-1251": CP1251,
	"WINDOWS1251": CP1251,
	"CP1251": CP1251,
	"CP-1251": CP1251,
	"1251": CP1251,
	"ISO-8859-5": ISO5,
	"ISO8859-5": ISO5,
	"KOI8-R": "koi8-r",
}
# These say nothing about Russian letters, so the connection's setting decides.
_SILENT = {"", '""', "ASCII", "ISO IR6", "ISO IR14", "US-ASCII"}
_CANDIDATES = {
	UTF8: "UTF-8",
	CP1251: "Windows-1251",
	ISO5: "ISO 8859-5",
	"koi8-r": "KOI8-R",
	"cp866": "CP866",
}

_SAMPLE = 4000  # letters looked at
_ENOUGH = 12  # letters below which frequencies prove nothing
_MARGIN = 1.0  # difference of mean log frequency that does

_LETTERS = "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё"
_PER_MILLE = (
	"110 85 80 74 67 63 55 47 45 44 35 32 30 28 26 20 19 17 17 16 16 14 12 10 9 7 6 5 4 3 3 1 1".split()
)
_WEIGHT = {letter: log(int(share) / 1000) for letter, share in zip(_LETTERS, _PER_MILLE, strict=True)}
_NEUTRAL = frozenset("«»—–„“”’…№°±µμ·×÷≤≥<>§®©™²³¹½¼¾%‰€₽\xa0\xad\u202f\u2009\u2011\ufeff")
_ODD_LETTER = log(0.0002)
_NO_LETTER = log(0.00002)


class WrongEncoding(ValueError):
	"""The bytes do not fit the character set the message declares (or the connection is set to).

	Args:
		message: what is wrong, in English, for the ERR segment.
		table_value: True when MSH-18 names a character set we do not know.
		readable: the text for people to look at, in the likeliest character set.
	"""

	def __init__(self, message: str, table_value: bool = False, readable: str = ""):
		super().__init__(message)
		self.table_value = table_value
		self.readable = readable


@dataclass(frozen=True, slots=True)
class Decoded:
	"""A message's text and the codec it was read in."""

	text: str
	codec: str


def codec_for(declared: str) -> str | None:
	"""Return the Python codec of an MSH-18 value, or None when the value leaves it open.

	Raises:
		WrongEncoding: the value names a character set we do not know.
	"""
	word = declared.split("~")[0].strip().upper()
	if word in _SILENT:
		return None
	if word in _DECLARED:
		return _DECLARED[word]
	family, _, part = word.partition("/")
	if family in ("8859", "ISO 8859", "ISO8859") and part in {str(n) for n in range(1, 16) if n != 12}:
		return f"iso8859-{part}"
	raise WrongEncoding(f"character set {declared!r} is not supported", table_value=True)


def decode(raw: bytes, declared: str = "", setting: str = "UTF-8") -> Decoded:
	"""Return the text of a message.

	MSH-18 decides; where it is silent, or where the bytes contradict it but fit the connection's own setting,
	the setting does.

	Args:
		raw: the message.
		declared: MSH-18.
		setting: the connection's encoding, a key of `SETTINGS`.

	Raises:
		WrongEncoding: the bytes fit neither.
	"""
	own = SETTINGS[setting][0]
	try:
		codecs = [codec_for(declared) or own]
	except WrongEncoding as error:
		error.readable = readable(raw)
		raise
	if own not in codecs and own != UTF8:
		codecs.append(own)
	for codec in codecs:
		text = _fitting(raw, codec)
		if text is not None:
			return Decoded(text, codec)
	raise WrongEncoding(_complaint(raw, codecs[0]), readable=readable(raw))


def encode(text: str, codec: str) -> bytes:
	"""Return `text` in `codec`; what it cannot hold becomes a question mark."""
	return text.encode(codec, "replace")


def looks_like(raw: bytes) -> str | None:
	"""Return the codec in which `raw` reads most like Russian, or None when no candidate fits."""
	scores = {codec: _likeness(text) for codec in _CANDIDATES if (text := _strict(raw, codec)) is not None}
	return max(scores, key=scores.__getitem__) if scores else None


def readable(raw: bytes) -> str:
	"""Return `raw` as text for people, in the likeliest character set."""
	return raw.decode(looks_like(raw) or "latin-1")


def _fitting(raw: bytes, codec: str) -> str | None:
	"""Return the text when the bytes really seem to be in `codec`."""
	text = _strict(raw, codec)
	if text is None or raw.isascii():
		return text
	if codec == UTF8:
		return None if _twice_encoded(text) else text
	best = looks_like(raw)
	if best is None or best == codec:
		return text
	return None if _proves(raw, best, codec) else text


def _proves(raw: bytes, best: str, codec: str) -> bool:
	"""Whether `best` fits so much better than `codec` that `codec` must be wrong."""
	better, declared = raw.decode(best), raw.decode(codec)
	letters = sum(not char.isascii() for char in better)
	if best == UTF8:
		return _likeness(better) > _likeness(declared)
	return letters >= _ENOUGH and _likeness(better) - _likeness(declared) > _MARGIN


def _strict(raw: bytes, codec: str) -> str | None:
	try:
		return raw.decode(codec)
	except UnicodeDecodeError:
		return None


def _twice_encoded(text: str) -> bool:
	"""Whether UTF-8 text is itself a misreading of UTF-8 ("РРІР°РЅ" or "Ð˜Ð²Ð°Ð½" for "Иван")."""
	for leads, codec in (("РС", CP1251), ("ÐÑ", "cp1252"), ("ÐÑ", "latin-1")):
		marked = sum(text.count(lead) for lead in leads)
		if marked < 3 or marked * 3 < sum(not char.isascii() for char in text):
			continue
		# Windows reads the one byte that cp1251 leaves undefined as U+0098; any continuation byte will do.
		mended = text.replace("\x98", "\u2122") if codec == CP1251 else text
		try:
			mended.encode(codec).decode(UTF8)
		except UnicodeError:
			continue
		return True
	return False


def _complaint(raw: bytes, codec: str) -> str:
	expected = _CANDIDATES.get(codec, codec)
	text = _strict(raw, codec)
	if codec == UTF8 and text is not None:
		return "the text was encoded as UTF-8 twice"
	best = looks_like(raw)
	hint = f"; it looks like {_CANDIDATES[best]}" if best and best != codec else ""
	return f"the text is not valid {expected}{hint}"


def _likeness(text: str) -> float:
	"""Return how much the non-ASCII part of `text` reads like Russian: a mean log frequency, higher is
	likelier.
	"""
	total, count, lower_before = 0.0, 0, False
	for char in text:
		if char.isascii() or char in _NEUTRAL:
			lower_before = False
			continue
		total += _weight(char, lower_before)
		lower_before = char.islower()
		count += 1
		if count == _SAMPLE:
			break
	return total / count if count else 0.0


def _weight(char: str, lower_before: bool) -> float:
	small = char.lower()
	if small not in _WEIGHT:
		return _ODD_LETTER if char.isalpha() else _NO_LETTER
	# A capital after a small letter is what a misread word looks like.
	return _WEIGHT[small] if char == small else _WEIGHT[small] - (4.0 if lower_before else 0.3)
