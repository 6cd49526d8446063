"""The workbook that goes to another laboratory and comes back filled in. Pure: no site.

One row for each analyte that is asked for; the laboratory fills in the value, and the unit, the interval and
the date where they differ from what stands there.
"""

import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

# Fields of a row in the order of their columns, and the widths of those.
COLUMNS = {
	"order": 16, "specimen": 16, "patient": 30, "service": 14, "service_name": 34, "analyte": 14,
	"analyte_name": 30, "value": 16, "unit": 12, "reference": 20, "reported_on": 16, "note": 30,
}  # fmt: skip
TO_FILL = ("value", "unit", "reference", "reported_on", "note")
NEEDED = ("order", "analyte", "value")
MOST_BYTES = 5 * 1024 * 1024
MOST_UNPACKED = 100 * 1024 * 1024
MOST_ROWS = 5000
HEADER_WITHIN = 10  # rows, above which there is a title
DATES = ("%d.%m.%Y", "%d.%m.%y", "%Y-%m-%d", "%d.%m.%Y %H:%M")
_FILL = PatternFill("solid", fgColor="FFF7D6")


class NotAWorkbook(ValueError):
	"""The file cannot be read as a returned workbook; `reason` is a machine code."""

	def __init__(self, reason: str):
		super().__init__(reason)
		self.reason = reason


@dataclass(frozen=True)
class Line:
	"""A row of the returned sheet: `number` as Excel counts it, texts trimmed; `dates` as Excel kept them."""

	number: int
	texts: dict[str, str] = field(default_factory=dict)
	dates: dict[str, datetime] = field(default_factory=dict)

	def __getattr__(self, name: str) -> str:
		if name not in COLUMNS:
			raise AttributeError(name)
		return self.texts.get(name, "")


def write(title: str, rows: Iterable[Mapping[str, str]], words: Mapping[str, str], sheet: str) -> bytes:
	"""Return the workbook.

	Args:
		title: stands above the table.
		rows: field → text.
		words: field → heading of its column.
		sheet: title of the sheet.
	"""
	book = Workbook()
	page = book.active
	page.title = sheet
	page.append([title])
	page["A1"].font = Font(bold=True, size=13)
	page.append([])
	page.append([words[name] for name in COLUMNS])
	for row in rows:
		page.append([_safe(row.get(name, "")) for name in COLUMNS])
	for place, (name, width) in enumerate(COLUMNS.items(), 1):
		letter = get_column_letter(place)
		page.column_dimensions[letter].width = width
		page[f"{letter}3"].font = Font(bold=True)
		for cell in page[letter][3:]:
			cell.number_format = "@"  # a barcode is no number, and 1.5 is no first of May
			cell.alignment = Alignment(wrap_text=True, vertical="top")
			if name in TO_FILL:
				cell.fill = _FILL
	page.freeze_panes = "A4"
	stream = io.BytesIO()
	book.save(stream)
	return stream.getvalue()


def _safe(text: str) -> str:
	"""A text that begins as a formula would run in the receiver's Excel."""
	text = str(text or "")
	return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def read(raw: bytes, words: Mapping[str, str]) -> list[Line]:
	"""Return the rows of a returned workbook, the empty ones left out.

	Args:
		raw: the file.
		words: field → heading of its column.

	Raises:
		NotAWorkbook: TOO_BIG, NOT_XLSX, NO_HEADER, NO_ROWS or TOO_MANY_ROWS.
	"""
	_check_size(raw)
	try:
		book = load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
		return list(_lines(book.worksheets[0].iter_rows(values_only=True), words))
	# What openpyxl raises on a damaged or foreign file is not one class.
	except (
		InvalidFileException, zipfile.BadZipFile, KeyError, IndexError, OSError, SyntaxError, TypeError,
	) as error:  # fmt: skip
		raise NotAWorkbook("NOT_XLSX") from error


def as_moment(line: Line, name: str) -> datetime | None:
	"""Return the date in a column, None when it is no date.

	Raises:
		ValueError: there is something, and it is no date.
	"""
	if name in line.dates:
		return line.dates[name]
	text = line.texts.get(name, "")
	if not text:
		return None
	for pattern in DATES:
		try:
			return datetime.strptime(text, pattern)
		except ValueError:
			continue
	raise ValueError(text)


def _check_size(raw: bytes) -> None:
	if len(raw) > MOST_BYTES:
		raise NotAWorkbook("TOO_BIG")
	try:
		with zipfile.ZipFile(io.BytesIO(raw)) as archive:
			unpacked = sum(each.file_size for each in archive.infolist())
	except zipfile.BadZipFile as error:
		raise NotAWorkbook("NOT_XLSX") from error
	if unpacked > MOST_UNPACKED:
		raise NotAWorkbook("TOO_BIG")


def _lines(rows: Iterable[Sequence], words: Mapping[str, str]) -> Iterator[Line]:
	numbered = enumerate(rows, 1)
	places = _header(numbered, words)
	count = 0
	for number, row in numbered:
		cells = {name: row[place] for name, place in places.items() if place < len(row)}
		texts = {name: _text(cell) for name, cell in cells.items()}
		if not any(texts.values()):
			continue
		count += 1
		if count > MOST_ROWS:
			raise NotAWorkbook("TOO_MANY_ROWS")
		dates = {name: _moment(cell) for name, cell in cells.items() if isinstance(cell, date)}
		yield Line(number, texts, dates)
	if not count:
		raise NotAWorkbook("NO_ROWS")


def _header(numbered: Iterator[tuple[int, Sequence]], words: Mapping[str, str]) -> dict[str, int]:
	known = {_folded(word): name for name, word in words.items()}
	for number, row in numbered:
		found: dict[str, int] = {}
		for place, cell in enumerate(row):
			if name := known.get(_folded(_text(cell))):
				found.setdefault(name, place)
		if all(name in found for name in NEEDED):
			return found
		if number >= HEADER_WITHIN:
			break
	raise NotAWorkbook("NO_HEADER")


def _moment(cell: date) -> datetime:
	return cell if isinstance(cell, datetime) else datetime(cell.year, cell.month, cell.day)


def _text(cell: object) -> str:
	if cell is None:
		return ""
	if isinstance(cell, float) and cell.is_integer():
		cell = int(cell)
	return " ".join(str(cell).split()).removeprefix("'")


def _folded(text: str) -> str:
	return " ".join(text.lower().replace("ё", "е").split())
