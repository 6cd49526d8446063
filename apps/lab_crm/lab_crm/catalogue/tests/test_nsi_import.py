"""Importing the federal registries: counts, a second run, errors, the check of our own codes."""

import time
from pathlib import Path

import frappe
import pytest

from lab_crm.catalogue import nsi_check, nsi_import, starter
from lab_crm.catalogue.doctype.nsi_import import nsi_import as job
from lab_crm.catalogue.tests.support import count_and_newest
from lab_crm.utils.errors import Refusal

DATA = Path(__file__).resolve().parent / "data"
NUMBERS = {
	"1080": "1.2.643.5.1.13.13.11.1080_3.50",
	"1081": "1.2.643.5.1.13.13.11.1081_2.4",
	"1358": "1.2.643.5.1.13.13.11.1358_3.23",
}
FULL = Path(__file__).resolve().parents[6] / "shared" / "data" / "nsi"
MOST_SECONDS = 60


def extract(number: str) -> tuple[str, bytes]:
	path = DATA / f"{NUMBERS[number]}_extract.tsv"
	return path.name, path.read_bytes()


def whole(number: str) -> tuple[str, bytes]:
	path = next(FULL.glob(f"{NUMBERS[number]}.tsv*"), DATA / f"{NUMBERS[number]}_extract.tsv")
	return path.name, path.read_bytes()


def attach(name: str, raw: bytes):
	"""Attach a file to NSI Import the way the desk does, and return the document."""
	doc = frappe.get_single("NSI Import")
	file = frappe.get_doc(
		{
			"doctype": "File",
			"file_name": name,
			"content": raw,
			"is_private": 1,
			"attached_to_doctype": "NSI Import",
			"attached_to_name": "NSI Import",
			"attached_to_field": "registry_file",
		}
	).insert()
	doc.db_set({"registry_file": file.file_url, "status": "", "errors": None, "warnings": None})
	doc.reload()
	return doc


@pytest.mark.parametrize("number", ["1081", "1358", "1080"])
def test_the_registry_is_imported_whole_and_a_second_time_changes_nothing(site, number):
	name, raw = whole(number)
	shown: list[tuple[int, int]] = []
	began = time.monotonic()
	first = nsi_import.import_file(name, raw, lambda done, total: shown.append((done, total)))
	assert time.monotonic() - began < MOST_SECONDS
	assert (first.registry, first.errors, first.updated) == (number, [], 0)
	assert first.created + first.unchanged == first.total
	assert not shown or shown[-1][0] == shown[-1][1] == first.created
	doctype = {"1080": "NSI Test", "1081": "NSI Material", "1358": "NSI Unit"}[number]
	stamp = count_and_newest(doctype)
	second = nsi_import.import_file(name, raw)
	assert (second.created, second.updated, second.unchanged) == (0, 0, first.total)
	assert count_and_newest(doctype) == stamp


def test_the_fields_of_a_test_are_those_of_the_registry(site):
	nsi_import.import_file(*extract("1080"))
	test = frappe.get_doc("NSI Test", "1013838")
	assert (
		test.full_name == "Тиреотропный гормон, концентрация в условных единицах в сыворотке или плазме крови"
	)
	assert (test.loinc, test.status, test.registry_version) == ("3016-3", "Актуальный", "3.50")
	assert "мМЕ/л" in test.unit and "Сыворотка крови" in test.specimen


def test_a_newer_version_updates_what_changed_and_adds_what_is_new(site):
	name, raw = extract("1081")
	nsi_import.import_file(name, raw)
	lines = raw.decode().split("\n")
	row = next(line for line in lines if line.startswith("127\t"))
	newer = raw.decode().replace(row, row.replace("Кал", "Кал новый")) + "999001\tКРОВЬ\tНовый\tНовый\t1\n"
	report = nsi_import.import_file(name.replace("2.4", "2.5"), newer.encode())
	assert (report.created, report.updated, report.version) == (1, 1, "2.5")
	assert frappe.db.get_value("NSI Material", "127", ["specimen", "registry_version"]) == (
		"Кал новый",
		"2.5",
	)
	assert frappe.db.get_value("NSI Material", "145", "registry_version") == "2.4"


def test_a_wrong_file_is_refused_in_russian_and_nothing_is_written(site):
	before = frappe.db.count("NSI Test")
	with pytest.raises(Refusal) as refused:
		nsi_import.import_file("список.csv", "Фамилия;Имя\nТестова;Анна\n".encode())
	assert refused.value.code == "NOT_A_REGISTRY"
	assert frappe.db.count("NSI Test") == before


def test_the_job_writes_down_counts_errors_and_warnings(site):
	name, raw = extract("1081")
	doc = attach(name, raw + "x\tА\tБ\tВ\t1\n".encode())
	doc.start()
	assert frappe.db.get_single_value("NSI Import", "status") == "In Progress"
	job.run()
	doc.reload()
	assert (doc.status, doc.registry, doc.registry_version) == ("Done with Errors", "1081", "2.4")
	assert doc.rows_total == doc.rows_created + doc.rows_unchanged + doc.rows_updated + 1
	assert doc.rows_failed == 1 and str(len(raw.decode().strip().split("\n")) + 1) in doc.errors


def test_the_button_refuses_what_is_no_registry_at_once(site):
	doc = attach("a.csv", "Фамилия;Имя\nТестова;Анна\n".encode())
	with pytest.raises(Refusal) as refused:
		doc.start()
	assert refused.value.code == "NOT_A_REGISTRY"
	assert not frappe.db.get_single_value("NSI Import", "status")
	doc.registry_file = None
	with pytest.raises(Refusal) as refused:
		doc.start()
	assert refused.value.code == "NO_FILE"


def test_a_foreign_file_cannot_be_imported(site):
	doc = attach(*extract("1081"))
	doc.registry_file = "/private/files/../../site_config.json"
	with pytest.raises(Refusal) as refused:
		doc.start()
	assert refused.value.code == "NO_FILE"


def test_two_imports_do_not_run_at_once(site):
	doc = attach(*extract("1081"))
	doc.start()
	doc.reload()
	with pytest.raises(Refusal) as refused:
		doc.start()
	assert (refused.value.code, refused.value.http_status_code) == ("ALREADY_RUNNING", 409)


def test_a_failed_job_leaves_nothing_behind_and_says_so(site, monkeypatch):
	attach(*extract("1081"))
	before = frappe.db.count("NSI Material")

	def fail() -> int:
		raise RuntimeError("boom")

	monkeypatch.setattr(nsi_check, "fill", fail)
	job.run()
	doc = frappe.get_single("NSI Import")
	assert doc.status == "Failed" and doc.errors and "boom" not in doc.errors
	assert frappe.db.count("NSI Material") == before


def test_only_the_administrator_imports(site, as_user):
	attach(*extract("1081"))
	with as_user("Lab Nurse"):
		with pytest.raises(frappe.PermissionError):
			frappe.get_single("NSI Import").start()


def test_the_starter_s_codes_hold_against_the_registries(site):
	starter.load()
	for number in NUMBERS:
		nsi_import.import_file(*extract(number))
	mine = {
		row["code"]
		for rows in starter.read(starter.default_folder()).values()
		for row in rows
		if "code" in row
	}
	assert [line for line in nsi_check.warnings() if line.split(",")[0].split(" ")[-1] in mine] == []


def test_wrong_codes_are_named(site, make):
	for number in NUMBERS:
		nsi_import.import_file(*extract(number))
	missing = make.service(fsli_code="99999999").name
	other = make.service(fsli_code="1013838", loinc="718-7").name
	found = [line for line in nsi_check.warnings() if missing in line or other in line]
	assert len(found) == 2
	assert any("3016-3" in line for line in found)


def test_empty_codes_are_filled_and_written_ones_kept(site, make):
	for number in NUMBERS:
		nsi_import.import_file(*extract(number))
	empty = make.service(fsli_code="1013838").name
	written = make.service(fsli_code="1013838", loinc="718-7", nmu_code="A00.00.000").name
	analyte = frappe.get_doc(
		{
			"doctype": "Analyte",
			"code": "T-FILL",
			"analyte_name": "Проба",
			"fsli_code": "1013838",
			"unit": "мМЕ/л",
		}
	).insert()
	assert nsi_check.fill() >= 2
	assert frappe.db.get_value("Lab Service", empty, ["loinc", "nmu_code"]) == ("3016-3", "A09.05.065")
	assert frappe.db.get_value("Lab Service", written, ["loinc", "nmu_code"]) == ("718-7", "A00.00.000")
	analyte.reload()
	assert (analyte.loinc, analyte.unit_code) == ("3016-3", "158")
	assert analyte.english_name.startswith("Thyrotropin")
	assert nsi_check.fill() == 0
