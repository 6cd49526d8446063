"""Loading the starter catalogue."""

import time

import frappe
import pytest

from lab_crm.catalogue import services, starter
from lab_crm.catalogue.tests.support import count_and_newest
from lab_crm.utils.errors import Refusal

MOST_SECONDS = 30


def counts() -> dict[str, tuple[int, str]]:
	tables = (*starter.DOCTYPES, "Reference Range", "Panel Item", "Service Analyte", "Upsell Trigger")
	return {table: count_and_newest(table) for table in tables}


def test_it_loads_once_and_a_second_run_changes_nothing(site):
	began = time.monotonic()
	first = starter.load()
	assert time.monotonic() - began < MOST_SECONDS
	assert set(first) == set(starter.DOCTYPES)
	loaded = counts()
	assert loaded["Lab Service"][0] >= 200 and loaded["Reference Range"][0] >= 500
	assert set(starter.load().values()) == {0}
	assert counts() == loaded


def test_what_the_administrator_changed_stays(site):
	starter.load()
	doc = frappe.get_doc("Lab Service", "TSH")
	doc.service_name = "ТТГ ночной"
	doc.save()
	frappe.delete_doc("Service Price", frappe.get_all("Service Price", {"service": "TSH"}, pluck="name")[0])
	assert starter.load()["Service Price"] == 1
	assert frappe.db.get_value("Lab Service", "TSH", "service_name") == "ТТГ ночной"


def test_the_documents_are_as_good_as_typed_ones(site):
	starter.load()
	for doctype in starter.DOCTYPES:
		for name in frappe.get_all(doctype, pluck="name", limit=25):
			frappe.get_doc(doctype, name).save()
	panel = frappe.get_doc("Lab Service", "PN-THYROID")
	assert [row.service_name for row in panel.panel_items] == [
		"Тиреотропный гормон (ТТГ)",
		"Тироксин свободный (Т4 св.)",
		"Антитела к тиреоидной пероксидазе (АТ-ТПО)",
	]
	assert panel.preparation.startswith("Сдавайте кровь утром, до\u00a011\u00a0часов")


def test_the_source_s_example_works_on_it(site):
	from lab_crm.catalogue import price_book

	starter.load()
	assert services.find("nnu")[0] == "TSH"
	assert services.find("оак")[0] in ("CBC", "CBC5")
	offer = price_book.suggest(["TSH"])[0]
	assert (offer.panel, int(offer.saving), offer.saving_percent) == ("PN-THYROID", 380, 20)
	assert "«Щитовидная железа»" in offer.text or "Щитовидная железа" in offer.text


def test_patients_who_book_much_get_one_preparation(site):
	starter.load()
	text = services.preparation_text(["TSH", "CHOL", "GLU", "URIN", "CBC5"])
	assert text.count("12–14") == 1 and "8–14" not in text
	assert text.count("мочу сразу после") == 1


def test_a_folder_without_the_files_is_refused(site, tmp_path):
	with pytest.raises(Refusal) as refused:
		starter.load(tmp_path)
	assert refused.value.code == "NO_STARTER_FILES"
