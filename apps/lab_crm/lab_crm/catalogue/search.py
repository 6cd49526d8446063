"""Search of services as people type: by name, synonym or code, in any keyboard layout, with misprints.

Pure: an `Index` is built once from the catalogue and asked many times.
"""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass

_EN_KEYS = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`"
_RU_KEYS = "йцукенгшщзхъфывапролджэячсмитьбюё"
_TO_RU = str.maketrans(_EN_KEYS, _RU_KEYS)
_TO_EN = str.maketrans(_RU_KEYS, _EN_KEYS)
# Letters that look alike: a laboratory writes both "Т4" and "T4", "В12" and "B12".
_LOOKALIKES = str.maketrans("авекмнорстух", "abekmhopctyx")
_LATIN = tuple(
	pair.split(":")
	for pair in (
		"shch:щ sch:щ zh:ж kh:х ts:ц ch:ч sh:ш yu:ю ya:я yo:е a:а b:б v:в w:в g:г d:д e:е z:з i:и j:й k:к c:к"
		" l:л m:м n:н o:о p:п r:р s:с t:т u:у f:ф h:х x:кс y:ы q:к"
	).split()
)
_WORD = re.compile(r"[a-zа-я0-9]+")
_HYPHEN_CODE = re.compile(r"(?<=[a-zа-я])[-\s](?=\d)")

CODE, NAME, SYNONYM, NAME_START, WORD_START, INSIDE = 100, 95, 90, 70, 60, 30
OTHER_LAYOUT, TRANSLITERATED, MISPRINT = 15, 20, 40
MIN_INSIDE, MIN_MISPRINT = 4, 5


@dataclass(frozen=True)
class Entry:
	"""A service as the search sees it; of equal matches the smaller `order` comes first."""

	code: str
	name: str
	synonyms: tuple[str, ...] = ()
	order: int = 0


def split_synonyms(text: str | None) -> tuple[str, ...]:
	"""Split the Synonyms field at semicolons and line ends."""
	return tuple(part.strip() for part in re.split(r"[;\n]", text or "") if part.strip())


def normalise(text: str) -> str:
	"""Fold case, ё and look-alike letters; join a letter with the digit after it ("CA 125" = "са-125")."""
	text = text.lower().replace("ё", "е")
	text = _HYPHEN_CODE.sub("", text)
	return " ".join(_WORD.findall(text)).translate(_LOOKALIKES)


def variants(query: str) -> list[tuple[str, int]]:
	"""Return what the person may have meant: (normalised text, penalty), the literal reading first."""
	low = query.lower()
	read = [(low, 0), (low.translate(_TO_RU), OTHER_LAYOUT), (low.translate(_TO_EN), OTHER_LAYOUT)]
	if re.search(r"[a-z]", low):
		read.append((_transliterate(low), TRANSLITERATED))
	found: dict[str, int] = {}
	for text, penalty in read:
		plain = normalise(text)
		if plain:
			found.setdefault(plain, penalty)
	return list(found.items())


def _transliterate(text: str) -> str:
	for latin, russian in _LATIN:
		text = text.replace(latin, russian)
	return text


class Index:
	"""The catalogue prepared for search."""

	def __init__(self, entries: Iterable[Entry]):
		self._rows = [_Row(entry) for entry in entries]
		self._words = sorted({word for row in self._rows for word in row.words})

	def search(self, query: str) -> list[str]:
		"""Return codes of the matching services, the best first; every word typed must match.

		Misprints are forgiven only when nothing else is found.
		"""
		read = variants(query)
		found = self._find(read)
		if not found:
			found = self._find([(fixed, penalty + MISPRINT) for fixed, penalty in self._corrected(read)])
		return [row.code for _, _, row in sorted(found, key=lambda item: item[:2])]

	def _find(self, read: list[tuple[str, int]]) -> list[tuple[int, str, "_Row"]]:
		found = []
		for row in self._rows:
			score = max((row.score(text) - penalty for text, penalty in read if row.score(text)), default=0)
			if score > 0:
				found.append((-score, row.sort_key, row))
		return found

	def _corrected(self, read: list[tuple[str, int]]) -> list[tuple[str, int]]:
		fixed = []
		for text, penalty in read:
			words = [self._nearest(word) for word in text.split()]
			if all(words):
				fixed.append((" ".join(words), penalty))
		return fixed

	def _nearest(self, word: str) -> str:
		if len(word) < MIN_MISPRINT:
			return word if word in self._words else ""
		return next(iter(difflib.get_close_matches(word, self._words, n=1, cutoff=0.75)), "")


class _Row:
	def __init__(self, entry: Entry):
		self.code = entry.code
		self._code = normalise(entry.code)
		self._name = normalise(entry.name)
		self._synonyms = tuple(normalise(synonym) for synonym in entry.synonyms)
		self.words = {word for text in (self._name, self._code, *self._synonyms) for word in text.split()}
		self.sort_key = f"{entry.order}{len(self._name):04d}{self._name}{self._code}"

	def score(self, text: str) -> int:
		if text == self._code:
			return CODE
		if text == self._name:
			return NAME
		if text in self._synonyms:
			return SYNONYM
		if self._name.startswith(text):
			return NAME_START
		scores = [self._word_score(word) for word in text.split()]
		return min(scores, default=0)

	def _word_score(self, word: str) -> int:
		if word in self.words:
			return WORD_START + 5
		if any(own.startswith(word) for own in self.words):
			return WORD_START
		if len(word) >= MIN_INSIDE and any(word in own for own in self.words):
			return INSIDE
		return 0
