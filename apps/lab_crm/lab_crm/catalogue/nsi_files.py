"""Files of the federal registries as the portal serves them: reading, recognising, mapping. Pure.

A file is a table with a header: tab-, semicolon- or comma-separated text (UTF-8 or Windows-1251), a workbook,
or the portal's JSON page; each may be packed by gzip or zip.
"""

import csv
import gzip
import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

MOST_BYTES = 200 * 1024 * 1024
_VERSION = re.compile(
	r"(?:^|[^\d.])1\.2\.643\.5\.1\.13\.13\.11\.(?P<registry>\d{4})_(?P<version>\d+(?:\.\d+)+)"
)


class NotARegistry(ValueError):
	"""The file is none of the registries this module knows; `reason` is a machine code."""

	def __init__(self, reason: str):
		super().__init__(reason)
		self.reason = reason


@dataclass(frozen=True)
class Registry:
	"""A registry: its number, the DocType it fills and column → field."""

	number: str
	doctype: str
	columns: dict[str, str]
	required: tuple[str, ...]
	lengths: dict[str, int] = field(default_factory=dict)


TESTS = Registry(
	"1080",
	"NSI Test",
	{
		"ID": "code",
		"LOINC": "loinc",
		"FULLNAME": "full_name",
		"ENGLISHNAME": "english_name",
		"SHORTNAME": "short_name",
		"SYNONYMS": "synonyms",
		"ANALYTE": "analyte",
		"SPECANALYTE": "analyte_kind",
		"MEASUREMENT": "measurement",
		"UNIT": "unit",
		"SPECIMEN": "specimen",
		"TIMECHAR": "time_character",
		"METHODTYPE": "method",
		"SCALETYPE": "scale_type",
		"TESTSTATUS": "status",
		"GROUP": "test_group",
		"NMU": "nmu_codes",
		"SORT": "sort_order",
	},
	("ID", "LOINC", "FULLNAME", "SPECIMEN", "TESTSTATUS"),
	{"full_name": 255, "status": 40},
)
MATERIALS = Registry(
	"1081",
	"NSI Material",
	{
		"ID": "code",
		"GROUP": "material_group",
		"MATTER": "matter",
		"SPECIMEN": "specimen",
		"SORT": "sort_order",
	},
	("ID", "GROUP", "MATTER", "SPECIMEN"),
)
UNITS = Registry(
	"1358",
	"NSI Unit",
	{
		"ID": "code",
		"FULLNAME": "full_name",
		"SHORTNAME": "short_name",
		"PRINTNAME": "print_name",
		"MEASUREMENT": "measurement",
		"UCUM": "ucum",
		"COEFFICIENT": "coefficient",
		"FORMULA": "formula",
		"CONVERSION_ID": "base_unit_code",
		"CONVERSION_NAME": "base_unit",
		"OKEI_CODE": "okei_code",
	},
	("ID", "FULLNAME", "SHORTNAME", "UCUM"),
)
REGISTRIES = (TESTS, MATERIALS, UNITS)
LONG_FIELDS = frozenset({"short_name", "english_name", "synonyms", "analyte", "method", "nmu_codes"})
DATA_LENGTH = 140
MOST_DIGITS = 9  # of an identifier or a place; fits the database's integer


@dataclass
class Content:
	"""A file read: registry, version ("" when the name does not tell), rows by code, errors by line."""

	registry: Registry
	version: str
	rows: dict[str, dict[str, str | int]]
	errors: list[tuple[int, str]]


def read(name: str, raw: bytes) -> Content:
	"""Read a registry file.

	Args:
		name: the file's name; its extension says how to read it, the portal's names tell the version.
		raw: the file.

	Returns:
		The registry with its rows; a row that cannot be taken is named in `errors` as (line, machine code).

	Raises:
		NotARegistry: UNREADABLE, UNKNOWN_FORMAT, TOO_BIG, SEVERAL_FILES, UNKNOWN_COLUMNS or NO_ROWS.
	"""
	inner, registry, header, table = _open(name, raw)
	try:
		rows, errors = _map(registry, header, table)
	except csv.Error as problem:
		raise NotARegistry("UNREADABLE") from problem
	if not rows:
		raise NotARegistry("NO_ROWS")
	return Content(registry, _version(registry, name, inner), rows, errors)


def peek(name: str, raw: bytes) -> Registry:
	"""Return the registry of a file by its header alone; raises what `read` raises."""
	return _open(name, raw)[1]


def _open(name: str, raw: bytes) -> tuple[str, Registry, list[str], Iterator[list[object]]]:
	inner, data = _unpack(name, raw)
	table = _table(inner, data)
	try:
		header = [str(cell or "").strip().upper() for cell in next(table, [])]
	except csv.Error as problem:
		raise NotARegistry("UNREADABLE") from problem
	return inner, recognise(header), header, table


def recognise(header: Iterable[str]) -> Registry:
	"""Return the registry that has these columns.

	Raises:
		NotARegistry: UNKNOWN_COLUMNS.
	"""
	names = set(header)
	for registry in REGISTRIES:
		if names.issuperset(registry.required):
			return registry
	raise NotARegistry("UNKNOWN_COLUMNS")


def _version(registry: Registry, *names: str) -> str:
	for name in names:
		match = _VERSION.search(name)
		if match and match["registry"] == registry.number:
			return match["version"]
	return ""


def _unpack(name: str, raw: bytes) -> tuple[str, bytes]:
	if len(raw) > MOST_BYTES:
		raise NotARegistry("TOO_BIG")
	if raw[:2] == b"\x1f\x8b":
		try:
			with gzip.open(io.BytesIO(raw)) as file:
				data = file.read(MOST_BYTES + 1)
		except (OSError, EOFError) as problem:
			raise NotARegistry("UNREADABLE") from problem
		if len(data) > MOST_BYTES:
			raise NotARegistry("TOO_BIG")
		return re.sub(r"\.gz$", "", name, flags=re.IGNORECASE), data
	if name.lower().endswith(".zip"):
		return _unzip(raw)
	return name, raw


def _unzip(raw: bytes) -> tuple[str, bytes]:
	try:
		with zipfile.ZipFile(io.BytesIO(raw)) as archive:
			files = [one for one in archive.infolist() if _extension(one.filename) in _READERS]
			if len(files) != 1:
				raise NotARegistry("SEVERAL_FILES")
			if files[0].file_size > MOST_BYTES:
				raise NotARegistry("TOO_BIG")
			with archive.open(files[0]) as file:
				data = file.read(MOST_BYTES + 1)
	except (zipfile.BadZipFile, OSError, RuntimeError) as problem:
		raise NotARegistry("UNREADABLE") from problem
	if len(data) > MOST_BYTES:
		raise NotARegistry("TOO_BIG")
	return files[0].filename, data


def _extension(name: str) -> str:
	return name.lower().rpartition(".")[2]


def _table(name: str, data: bytes) -> Iterator[list[object]]:
	reader = _READERS.get(_extension(name))
	if not reader:
		raise NotARegistry("UNKNOWN_FORMAT")
	return reader(data)


def _read_text(data: bytes) -> Iterator[list[object]]:
	try:
		text = data.decode("utf-8-sig")
	except UnicodeDecodeError:
		try:
			text = data.decode("cp1251")
		except UnicodeDecodeError as problem:
			raise NotARegistry("UNREADABLE") from problem
	first = text.split("\n", 1)[0]
	delimiter = max("\t;,", key=first.count)
	return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)


def _read_workbook(data: bytes) -> Iterator[list[object]]:
	from openpyxl import load_workbook  # only a workbook needs it, and it is slow to import

	try:
		book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
		sheet = book.worksheets[0]
	except Exception as problem:  # openpyxl raises whatever its XML and zip layers raise
		raise NotARegistry("UNREADABLE") from problem
	return (list(row) for row in sheet.iter_rows(values_only=True))


def _read_page(data: bytes) -> Iterator[list[object]]:
	try:
		page = json.loads(data.decode("utf-8-sig"))
		rows = [{cell["column"]: cell["value"] for cell in row} for row in page["list"]]
		header = list(rows[0])
	except (ValueError, KeyError, TypeError, IndexError) as problem:
		raise NotARegistry("UNREADABLE") from problem
	return iter([header, *([row.get(column) for column in header] for row in rows)])


_READERS = {
	"tsv": _read_text,
	"csv": _read_text,
	"txt": _read_text,
	"xlsx": _read_workbook,
	"json": _read_page,
}


def _map(
	registry: Registry, header: list[str], table: Iterator[list[object]]
) -> tuple[dict[str, dict[str, str | int]], list[tuple[int, str]]]:
	places = [(header.index(column), name) for column, name in registry.columns.items() if column in header]
	rows: dict[str, dict[str, str | int]] = {}
	errors: list[tuple[int, str]] = []
	for line, cells in enumerate(table, 2):
		if not any(cells):
			continue
		problem, row = _row(registry, header, places, cells)
		if not problem and row["code"] in rows:
			problem = "CODE_TWICE"
		if problem:
			errors.append((line, problem))
		else:
			rows[str(row["code"])] = row
	return rows, errors


def _row(
	registry: Registry, header: list[str], places: list[tuple[int, str]], cells: list[object]
) -> tuple[str, dict[str, str | int]]:
	if len(cells) != len(header):
		return "WRONG_COLUMNS", {}
	row: dict[str, str | int] = {name: _text(cells[place]) for place, name in places}
	if not _is_number(str(row["code"])):
		return "NO_CODE", row
	if any(len(str(value)) > _limit(registry, name) for name, value in row.items()):
		return "TOO_LONG", row
	if "sort_order" in row:
		row["sort_order"] = int(row["sort_order"]) if _is_number(str(row["sort_order"])) else 0
	if "loinc" in row:
		row["loinc"] = "" if row["loinc"] == "0" else row["loinc"]
	return "", row


def _is_number(text: str) -> bool:
	return text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS


def _text(cell: object) -> str:
	if cell is None:
		return ""
	if isinstance(cell, float) and cell.is_integer():
		cell = int(cell)
	return str(cell).replace("\u200b", "").replace("\ufeff", "").strip()


def _limit(registry: Registry, name: str) -> int:
	return 10_000 if name in LONG_FIELDS else registry.lengths.get(name, DATA_LENGTH)
