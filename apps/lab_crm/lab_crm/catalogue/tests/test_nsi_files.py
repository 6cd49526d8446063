"""Reading files of the federal registries, whole and broken."""

import gzip
import io
import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab_crm.catalogue import nsi_files
from lab_crm.catalogue.nsi_files import NotARegistry, peek, read

DATA = Path(__file__).resolve().parent / "data"
NAME = "1.2.643.5.1.13.13.11.1081_2.4"
ROWS = [
	["ID", "GROUP", "MATTER", "SPECIMEN", "Sort"],
	["208", "КРОВЬ", "Кровь венозная", "Сыворотка крови", "10"],
	["145", "ВЫДЕЛЕНИЯ", "Моча", "Моча; «средняя»", "20"],
]


def text(delimiter: str, rows=ROWS) -> str:
	return "\n".join(delimiter.join(row) for row in rows) + "\n"


def workbook(rows=ROWS) -> bytes:
	from openpyxl import Workbook

	book = Workbook()
	for row in rows:
		book.active.append([int(cell) if cell.isdigit() else cell for cell in row])
	stream = io.BytesIO()
	book.save(stream)
	return stream.getvalue()


def page() -> bytes:
	rows = [
		[{"column": name, "value": value} for name, value in zip(ROWS[0], row, strict=True)]
		for row in ROWS[1:]
	]
	return json.dumps({"result": "OK", "total": 2, "list": rows}, ensure_ascii=False).encode()


def zipped(*names: str) -> bytes:
	stream = io.BytesIO()
	with zipfile.ZipFile(stream, "w") as archive:
		for name in names:
			archive.writestr(name, text("\t"))
	return stream.getvalue()


@pytest.mark.parametrize(
	("name", "raw"),
	[
		(f"{NAME}.tsv", text("\t").encode()),
		(f"{NAME}.TSV", text("\t").encode("utf-8-sig")),
		(f"{NAME}.csv", text(";", [[f'"{cell}"' for cell in row] for row in ROWS]).encode()),
		(f"{NAME}.csv", text("\t").replace("«", "").replace("»", "").encode("cp1251")),
		(f"{NAME}.tsv.gz", gzip.compress(text("\t").encode())),
		(f"{NAME}.zip", zipped(f"{NAME}.tsv", "readme.pdf")),
		(f"{NAME}.xlsx", workbook()),
		(f"{NAME}.json", page()),
	],
)
def test_every_shape_of_the_portal_s_files_is_read(name, raw):
	content = read(name, raw)
	assert (content.registry.number, content.version, content.errors) == ("1081", "2.4", [])
	assert list(content.rows) == ["208", "145"]
	assert content.rows["208"] == {
		"code": "208",
		"material_group": "КРОВЬ",
		"matter": "Кровь венозная",
		"specimen": "Сыворотка крови",
		"sort_order": 10,
	}
	assert peek(name, raw) is nsi_files.MATERIALS


@pytest.mark.parametrize(("number", "rows"), [("1080_3.50", 290), ("1081_2.4", 13), ("1358_3.23", 45)])
def test_the_extracts_are_read_without_errors(number, rows):
	path = DATA / f"1.2.643.5.1.13.13.11.{number}_extract.tsv"
	content = read(path.name, path.read_bytes())
	assert len(content.rows) >= rows and content.errors == []
	assert content.version == number.split("_")[1]
	assert content.registry.number == number.split("_")[0]


def test_the_loinc_column_s_zero_is_no_code():
	header = "ID\tLOINC\tFULLNAME\tSPECIMEN\tTESTSTATUS\n"
	content = read(
		"a.tsv", f"{header}1013838\t3016-3\tТТГ\tСыворотка\tАктуальный\n1013839\t0\tА\tБ\tВ\n".encode()
	)
	assert [row["loinc"] for row in content.rows.values()] == ["3016-3", ""]
	assert content.version == ""


def test_bad_rows_are_named_and_the_good_ones_kept():
	rows = [
		*ROWS,
		["208", "Д", "В", "А", "1"],
		["", "К", "К", "К", "1"],
		["x", "К", "К", "К", "1"],
		["5", "К"],
		["6", "К" * 141, "К", "К", "1"],
		["9" * 30, "К", "К", "К", "1"],
		["7", "К", "К", "К", "не число"],
		["", "", "", "", ""],
	]
	content = read("a.tsv", text("\t", rows).encode())
	assert list(content.rows) == ["208", "145", "7"]
	assert content.rows["7"]["sort_order"] == 0
	assert content.errors == [
		(4, "CODE_TWICE"),
		(5, "NO_CODE"),
		(6, "NO_CODE"),
		(7, "WRONG_COLUMNS"),
		(8, "TOO_LONG"),
		(9, "NO_CODE"),
	]


@pytest.mark.parametrize(
	("name", "raw", "reason"),
	[
		("a.pdf", b"%PDF-1.4", "UNKNOWN_FORMAT"),
		("a", b"", "UNKNOWN_FORMAT"),
		("a.tsv", b"", "UNKNOWN_COLUMNS"),
		("a.csv", "Фамилия;Имя\nТестова;Анна\n".encode(), "UNKNOWN_COLUMNS"),
		("a.csv", b"\x98\x00\xff" * 10, "UNREADABLE"),
		("a.tsv", text("\t", ROWS[:1]).encode(), "NO_ROWS"),
		("a.tsv", text("\t", [ROWS[0], ["x", "", "", "", ""]]).encode(), "NO_ROWS"),
		("a.xlsx", b"PK\x03\x04 not a workbook", "UNREADABLE"),
		("a.xlsx", text("\t").encode(), "UNREADABLE"),
		("a.json", b"{", "UNREADABLE"),
		("a.json", b'{"list": []}', "UNREADABLE"),
		("a.json", b'{"list": [[{"column": "A", "value": 1}]]}', "UNKNOWN_COLUMNS"),
		("a.json", b"[1, 2]", "UNREADABLE"),
		("a.zip", b"PK\x03\x04", "UNREADABLE"),
		("a.zip", zipped(f"{NAME}.tsv", "other.csv"), "SEVERAL_FILES"),
		("a.zip", zipped("readme.pdf"), "SEVERAL_FILES"),
		("a.tsv.gz", gzip.compress(b"x" * 100)[:-9], "UNREADABLE"),
	],
)
def test_what_is_no_registry_is_refused(name, raw, reason):
	with pytest.raises(NotARegistry) as refused:
		read(name, raw)
	assert refused.value.reason == reason


def test_a_bomb_is_refused_before_it_fills_the_memory(monkeypatch):
	monkeypatch.setattr(nsi_files, "MOST_BYTES", 10_000)
	big = b"x" * 20_000
	stream = io.BytesIO()
	with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
		archive.writestr("a.tsv", big)
	for name, raw in (("a.tsv", big), ("a.tsv.gz", gzip.compress(big)), ("a.zip", stream.getvalue())):
		with pytest.raises(NotARegistry) as refused:
			read(name, raw)
		assert refused.value.reason == "TOO_BIG"


@given(st.binary(max_size=400), st.sampled_from(["a.tsv", "a.csv", "a.json", "a.zip", "a.gz", "a.xlsx"]))
def test_garbage_is_refused_and_never_breaks(raw, name):
	with pytest.raises(NotARegistry):
		read(name, raw)


@given(st.text(max_size=300))
def test_garbage_below_a_right_header_makes_rows_or_errors(body):
	raw = (text("\t", ROWS[:2]) + body).encode("utf-8", "surrogatepass")
	try:
		content = read("a.tsv", raw)
	except NotARegistry as refused:
		assert refused.reason == "UNREADABLE"
	else:
		assert "208" in content.rows
