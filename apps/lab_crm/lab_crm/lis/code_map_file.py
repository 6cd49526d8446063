"""Reading an Excel workbook of codes of a LIS: its first sheet, a known header, a code a row. Pure."""

import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

MOST_BYTES = 10 * 1024 * 1024
MOST_UNPACKED = 200 * 1024 * 1024
MOST_ROWS = 20_000
_HEADER_WITHIN = 10  # rows, above which there may be a title
CODE, NAME, ANALYTE, SERVICE = "lis_code", "lis_name", "analyte", "service"


class NotACodeMap(ValueError):
	"""The file cannot be read as a map of codes; `reason` is a machine code."""

	def __init__(self, reason: str):
		super().__init__(reason)
		self.reason = reason


@dataclass(frozen=True)
class Line:
	"""A row of the sheet: `number` as Excel counts it, texts trimmed."""

	number: int
	lis_code: str = ""
	lis_name: str = ""
	analyte: str = ""
	service: str = ""


def read(raw: bytes, words: Mapping[str, Iterable[str]]) -> list[Line]:
	"""Return the rows of a workbook.

	Args:
		raw: the file.
		words: field → what its column may be called.

	Raises:
		NotACodeMap: TOO_BIG, NOT_XLSX, NO_HEADER, NO_ROWS or TOO_MANY_ROWS.
	"""
	_check_size(raw)
	try:
		book = load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
		return list(_lines(book.worksheets[0].iter_rows(values_only=True), words))
	# What openpyxl raises on a damaged or foreign file is not one class.
	except (InvalidFileException, zipfile.BadZipFile, KeyError, IndexError, OSError, SyntaxError) as error:
		raise NotACodeMap("NOT_XLSX") from error


def _check_size(raw: bytes) -> None:
	if len(raw) > MOST_BYTES:
		raise NotACodeMap("TOO_BIG")
	try:
		with zipfile.ZipFile(io.BytesIO(raw)) as archive:
			unpacked = sum(each.file_size for each in archive.infolist())
	except zipfile.BadZipFile as error:
		raise NotACodeMap("NOT_XLSX") from error
	if unpacked > MOST_UNPACKED:
		raise NotACodeMap("TOO_BIG")


def _lines(rows: Iterable[tuple], words: Mapping[str, Iterable[str]]) -> Iterator[Line]:
	numbered = enumerate(rows, 1)
	columns = _columns(numbered, words)
	count = 0
	for number, row in numbered:
		texts = {name: _text(row[place]) if place < len(row) else "" for name, place in columns.items()}
		if not any(texts.values()):
			continue
		count += 1
		if count > MOST_ROWS:
			raise NotACodeMap("TOO_MANY_ROWS")
		yield Line(number, **texts)
	if not count:
		raise NotACodeMap("NO_ROWS")


def _columns(numbered: Iterator[tuple[int, tuple]], words: Mapping[str, Iterable[str]]) -> dict[str, int]:
	"""Read on to the header; return field → place of its column."""
	known = {_folded(word): name for name, several in words.items() for word in several}
	for number, row in numbered:
		found: dict[str, int] = {}
		for place, cell in enumerate(row):
			if name := known.get(_folded(_text(cell))):
				found.setdefault(name, place)
		if CODE in found and found.keys() & {ANALYTE, SERVICE}:
			return found
		if number >= _HEADER_WITHIN:
			break
	raise NotACodeMap("NO_HEADER")


def _text(cell: object) -> str:
	if cell is None:
		return ""
	if isinstance(cell, float) and cell.is_integer():
		cell = int(cell)  # Excel keeps the code 1042 as a number
	return " ".join(str(cell).split())


def _folded(text: str) -> str:
	return " ".join(text.lower().replace("ё", "е").split())
