"""Codes of a LIS from an Excel workbook, and files that are none."""

import io
import secrets
import zipfile

import frappe
import pytest
from openpyxl import Workbook

from lab_crm.lis import code_map_import
from lab_crm.lis.code_map_file import MOST_BYTES, NotACodeMap, read
from lab_crm.lis.tests.arrange import results_of
from lab_crm.utils.errors import Refusal

HEADER = ("Код ЛИС", "Название в ЛИС", "Показатель", "Услуга")
WORDS = {
	"lis_code": ("LIS Code", "Код ЛИС"),
	"lis_name": ("Название в ЛИС",),
	"analyte": ("Показатель",),
	"service": ("Услуга",),
}


def workbook(*rows) -> bytes:
	"""The bytes of a workbook."""
	book, stream = Workbook(), io.BytesIO()
	for row in rows:
		book.active.append(row)
	book.save(stream)
	return stream.getvalue()


def uploaded(content: bytes, name: str = "codes.xlsx") -> str:
	"""The address of a file the user uploaded."""
	doc = frappe.get_doc({"doctype": "File", "file_name": f"{secrets.token_hex(4)}-{name}", "is_private": 1})
	doc.content = content
	return doc.insert(ignore_permissions=True).file_url


def codes(count: int = 2) -> list[str]:
	return [f"Y{secrets.token_hex(4)}" for _number in range(count)]


class TestReading:
	def test_titles_above_the_header_and_empty_rows_are_passed_by(self):
		raw = workbook(
			("Коды анализатора",), (), HEADER, ("G1", " Глюкоза ", "GLU", None), (), (1042, "", "HB")
		)
		lines = read(raw, WORDS)
		assert [(line.number, line.lis_code, line.analyte) for line in lines] == [
			(4, "G1", "GLU"),
			(6, "1042", "HB"),
		]
		assert lines[0].lis_name == "Глюкоза"

	@pytest.mark.parametrize(
		("raw", "reason"),
		[
			(b"", "NOT_XLSX"),
			(b"LIS Code;Analyte\r\nG;GLU\r\n", "NOT_XLSX"),
			(b"PK\x03\x04" + bytes(100), "NOT_XLSX"),
			(workbook(("a", "b"), ("1", "2")), "NO_HEADER"),
			(workbook(), "NO_HEADER"),
			(workbook(HEADER), "NO_ROWS"),
			(bytes(MOST_BYTES + 1), "TOO_BIG"),
		],
	)
	def test_what_is_no_map_of_codes_is_refused(self, raw, reason):
		with pytest.raises(NotACodeMap) as refusal:
			read(raw, WORDS)
		assert refusal.value.reason == reason

	def test_another_archive_is_refused(self):
		stream = io.BytesIO()
		with zipfile.ZipFile(stream, "w") as archive:
			archive.writestr("word/document.xml", "<w:document/>")
		with pytest.raises(NotACodeMap) as refusal:
			read(stream.getvalue(), WORDS)
		assert refusal.value.reason == "NOT_XLSX"

	def test_a_truncated_workbook_is_refused(self):
		raw = workbook(HEADER, ("G1", "", "GLU", ""))
		for cut in range(0, len(raw) - 1, 97):
			with pytest.raises(NotACodeMap):
				read(raw[:cut], WORDS)

	def test_a_bomb_is_refused_unpacked(self):
		stream = io.BytesIO()
		with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
			for number in range(30):
				archive.writestr(f"xl/worksheets/sheet{number}.xml", bytes(10 * 1024 * 1024))
		with pytest.raises(NotACodeMap) as refusal:
			read(stream.getvalue(), WORDS)
		assert refusal.value.reason == "TOO_BIG"


class TestImport:
	def test_the_plan_is_told_and_nothing_written(self, line):
		one, two = codes()
		url = uploaded(workbook(HEADER, (one, "Глюкоза", line.lab.glu, ""), (two, "", "НЕТ-ТАКОГО", "")))
		plan = code_map_import.check(url, line.connection.name)
		assert (plan["new"], plan["changed"], plan["same"], plan["wrong"]) == (1, 0, 0, 1)
		assert plan["problems"] == ["Строка 3: НЕТ-ТАКОГО нет в каталоге"]
		assert not frappe.db.exists("LIS Code Map", {"lis_code": one})

	def test_codes_become_known_and_waiting_results_are_read_anew(self, line):
		one, two = codes()
		order = line.order(line.lab.biochemistry)
		line.process(line.report(order, line.glucose("5.2", code=one)))
		service = line.lab.biochemistry
		url = uploaded(workbook(HEADER, (one, "Сахар", line.lab.glu, None), (two, None, None, service.name)))
		code_map_import.apply(url, line.connection.name)
		rows = frappe.get_all(
			"LIS Code Map",
			filters={"connection": line.connection.name},
			fields=["lis_code", "lis_name", "analyte", "service"],
			order_by="analyte desc",
		)
		assert [tuple(row.values()) for row in rows] == [
			(one, "Сахар", line.lab.glu, None),
			(two, None, None, service.name),
		]
		assert results_of(order.name)[-1].items[0].analyte == line.lab.glu
		assert code_map_import.check(url, line.connection.name)["same"] == 2

	def test_a_changed_line_changes_its_row(self, line):
		(one,) = codes(1)
		code_map_import.apply(uploaded(workbook(HEADER, (one, "", line.lab.glu))), line.connection.name)
		plan = code_map_import.apply(uploaded(workbook(HEADER, (one, "", line.lab.hb))), line.connection.name)
		assert (plan["new"], plan["changed"]) == (0, 1)
		assert frappe.db.get_value("LIS Code Map", {"lis_code": one}, "analyte") == line.lab.hb

	def test_every_wrong_line_is_named(self, line):
		one, two = codes()
		rows = ((one, "", line.lab.glu), (one, "", line.lab.hb), ("", "", line.lab.glu), (two, "имя", "", ""))
		plan = code_map_import.check(uploaded(workbook(HEADER, *rows)), line.connection.name)
		assert [text.split(":")[0] for text in plan["problems"]] == ["Строка 3", "Строка 4", "Строка 5"]

	def test_a_name_that_fits_several_is_not_guessed(self, line):
		(one,) = codes(1)
		name = f"Показатель {one}"
		for code in codes():
			frappe.get_doc({"doctype": "Analyte", "code": code, "analyte_name": name}).insert()
		plan = code_map_import.check(uploaded(workbook(HEADER, (one, "", name.upper()))), None)
		assert plan["new"] == 0 and "подходит к нескольким" in plan["problems"][0]

	def test_a_file_that_is_none_says_so_in_russian(self, line):
		with pytest.raises(Refusal) as refusal:
			code_map_import.check(uploaded(b"%PDF-1.4", "codes.xlsx"), None)
		assert (refusal.value.code, str(refusal.value)) == (
			"NOT_XLSX",
			"Это не книга Excel (.xlsx), или она повреждена",
		)

	def test_another_users_file_is_not_read(self, line, as_user):
		url = uploaded(workbook(HEADER, ("G", "", line.lab.glu)))
		with as_user("Lab Administrator"), pytest.raises(Refusal) as refusal:
			code_map_import.check(url, None)
		assert refusal.value.code == "NO_FILE"

	@pytest.mark.parametrize("role", ["Lab Doctor", "Lab Receptionist"])
	def test_others_may_not_import(self, line, as_user, role):
		with as_user(role), pytest.raises(frappe.PermissionError):
			code_map_import.apply("/private/files/codes.xlsx", None)
