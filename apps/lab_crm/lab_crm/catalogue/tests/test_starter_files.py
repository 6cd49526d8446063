"""The starter catalogue itself: complete, consistent, with codes that exist in the federal registries."""

import csv
import re
from decimal import Decimal
from pathlib import Path

import pytest

from lab_crm.catalogue import codes, nsi_files, references

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[4]
FOLDER = ROOT / "fixtures" / "catalogue"
# An extract is committed; the full files are used too where a checkout has them beside it.
EXTRACTS = {
	"1080": "1.2.643.5.1.13.13.11.1080_3.50",
	"1081": "1.2.643.5.1.13.13.11.1081_2.4",
	"1358": "1.2.643.5.1.13.13.11.1358_3.23",
}
FULL = ROOT.parent / "shared" / "data" / "nsi"
SHORT_PREPOSITIONS = ("в", "на", "с", "к", "о", "у", "до", "за", "из", "по", "от")
CRITICAL = ("K", "NA", "GLU", "HGB", "PLT", "WBC", "TNI", "CREA", "INR")


def rows(name: str) -> list[dict[str, str]]:
	with (FOLDER / name).open(encoding="utf-8", newline="") as file:
		return list(csv.DictReader(file))


def registry(number: str) -> dict[str, dict]:
	"""Return the rows of a registry: the full one when it lies beside the checkout, else the extract."""
	extract = HERE / "data" / f"{EXTRACTS[number]}_extract.tsv"
	path = next(FULL.glob(f"{EXTRACTS[number]}.tsv*"), extract)
	return nsi_files.read(path.name, path.read_bytes()).rows


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, str]]:
	return {row["code"]: row for row in rows("services.csv")}


@pytest.fixture(scope="module")
def analytes() -> dict[str, dict[str, str]]:
	return {row["code"]: row for row in rows("analytes.csv")}


@pytest.fixture(scope="module")
def panels() -> dict[str, list[str]]:
	found: dict[str, list[str]] = {}
	for row in rows("panels.csv"):
		found.setdefault(row["panel"], []).append(row["service"])
	return found


@pytest.fixture(scope="module")
def prices() -> dict[str, Decimal]:
	return {row["service"]: Decimal(row["price"]) for row in rows("prices.csv")}


@pytest.fixture(scope="module")
def tests_1080() -> dict[str, dict]:
	return registry("1080")


def test_the_catalogue_is_as_wide_as_a_laboratory_s(services, panels, analytes):
	kinds = [row["kind"] for row in services.values()]
	assert kinds.count("Test") >= 130
	assert kinds.count("Panel") == len(panels) >= 15
	assert {"Test", "Panel", "Procedure", "Consultation", "Certificate"} == set(kinds)
	assert len(analytes) >= 200


def test_codes_are_unique_and_references_resolve(services, analytes, panels, prices):
	for name in ("services.csv", "analytes.csv", "sample_types.csv", "preparations.csv", "categories.csv"):
		found = [row["code"] for row in rows(name)]
		assert len(found) == len(set(found)), name
	samples = {row["code"] for row in rows("sample_types.csv")}
	categories = {row["code"] for row in rows("categories.csv")}
	preparations = {row["code"] for row in rows("preparations.csv")}
	assert {row["sample_type"] for row in analytes.values()} <= samples
	for row in services.values():
		assert row["category"] in categories
		assert row["preparation"] in preparations | {""}
		assert row["sample_type"] in samples | {""}
		assert set(filter(None, row["analytes"].split(";"))) <= analytes.keys(), row["code"]
	assert set(prices) == set(services)
	for panel, items in panels.items():
		assert services[panel]["kind"] == "Panel"
		assert all(services[item]["kind"] == "Test" for item in items), panel
		assert len(items) == len(set(items)) > 1, panel


def test_every_analyte_is_measured_by_a_service(services, analytes):
	used = {code for row in services.values() for code in row["analytes"].split(";")}
	assert set(analytes) <= used
	assert all(row["analytes"] for row in services.values() if row["kind"] == "Test")


def test_tests_exist_in_the_registry_with_the_same_loinc(analytes, tests_1080):
	for code, row in analytes.items():
		test = tests_1080.get(row["fsli_code"])
		assert test, f"{code}: no test {row['fsli_code']}"
		assert test["status"] != "Устаревший", code
		assert row["loinc"] == test["loinc"], code
		assert row["english_name"] == test["english_name"], code
		assert not row["loinc"] or codes.is_loinc(row["loinc"]), code


def test_services_take_their_codes_from_their_only_analyte(services, analytes):
	for code, row in services.items():
		content = row["analytes"].split(";")
		if row["fsli_code"]:
			assert len(content) == 1, code
			assert row["fsli_code"] == analytes[content[0]]["fsli_code"]
			assert row["loinc"] == analytes[content[0]]["loinc"]
		elif row["kind"] == "Test":
			assert len(content) > 1, code


def test_units_and_materials_exist_in_the_registries(analytes, tests_1080):
	units = registry("1358")
	materials = registry("1081")
	for row in rows("sample_types.csv"):
		assert materials[row["nsi_code"]]["specimen"] == row["material_name"], row["code"]
	for code, row in analytes.items():
		assert bool(row["unit"]) == bool(row["unit_code"]) == (row["result_type"] == "Numeric"), code
		if row["unit"]:
			assert units[row["unit_code"]]["short_name"] == row["unit"], code


def test_units_are_those_of_the_test_or_convert_to_them(analytes, tests_1080):
	by_name = {unit["short_name"]: unit for unit in registry("1358").values()}
	for code, row in analytes.items():
		if not row["unit"]:
			continue
		named = [part.strip() for part in re.split(r";|, ", tests_1080[row["fsli_code"]]["unit"])]
		bases = {by_name[part]["base_unit"] for part in named if part in by_name}
		same = row["unit"].casefold() in {part.casefold() for part in named}
		assert same or by_name[row["unit"]]["base_unit"] in bases, f"{code}: {row['unit']} for {named}"


def test_reference_ranges_do_not_contradict_themselves(analytes):
	ranges: dict[str, list[dict[str, str]]] = {}
	for row in rows("reference_ranges.csv"):
		ranges.setdefault(row.pop("analyte"), []).append(row)
	assert set(ranges) <= analytes.keys()
	for code, own in ranges.items():
		assert references.problems(own) == [], code
		if analytes[code]["result_type"] == "Coded":
			values = set(analytes[code]["coded_values"].split("\n"))
			assert all(part.strip() in values for row in own for part in row["text"].split(";")), code
	for code in CRITICAL:
		assert any(row["critical_low"] or row["critical_high"] for row in ranges[code]), code
	for code in ("K", "NA", "GLU", "HGB", "PLT", "WBC"):
		assert all(row["critical_low"] and row["critical_high"] for row in ranges[code]), code


@pytest.mark.parametrize("code", ["WBC", "HGB", "PLT", "K", "NA", "GLU", "CREA", "TSH"])
def test_ages_of_the_main_analytes_have_no_holes(code):
	own = [row for row in rows("reference_ranges.csv") if row["analyte"] == code]
	for sex in ("Male", "Female"):
		for age in range(0, 100 * 365, 7):
			assert references.pick(own, sex, age), f"{code} {sex} {age} days"


def test_the_thyroid_panel_saves_twenty_per_cent(panels, prices, services):
	assert services["PN-THYROID"]["service_name"] == "Щитовидная железа"
	assert panels["PN-THYROID"] == ["TSH", "FT4", "ATPO"]
	assert prices["PN-THYROID"] == sum(prices[code] for code in panels["PN-THYROID"]) * Decimal("0.8")


def test_every_panel_saves_money_and_is_offered_reasonably(panels, prices):
	for panel, items in panels.items():
		total = sum(prices[item] for item in items)
		assert Decimal("0.70") <= prices[panel] / total <= Decimal("0.90"), panel
	for row in rows("upsell.csv"):
		saved = sum(prices[item] for item in panels[row["offer"]]) - prices[row["offer"]]
		assert saved >= Decimal(row["min_saving"]) > 0, row["code"]
		assert set(row["triggers"].split(";")) <= set(panels[row["offer"]]), row["code"]


def test_certificates_have_a_term_and_the_driver_s_is_a_year(services):
	certificates = [row for row in services.values() if row["kind"] == "Certificate"]
	assert certificates and all(int(row["validity_months"]) > 0 for row in certificates)
	assert services["CERT-DRIVER"]["validity_months"] == "12"


def test_results_that_must_not_be_read_alone_are_held(services):
	assert all(
		services[code]["hold_result_until_call"] == "1" for code in ("HIV", "HBSAG", "AHCV", "SYPH", "TNI")
	)


def test_texts_for_patients_are_set_well():
	texts = [row["text"] for row in rows("preparations.csv")] + [
		row["offer_text"] for row in rows("upsell.csv")
	]
	for text in texts:
		words = text.split(" ")
		assert not any(word.strip("«(").lower() in SHORT_PREPOSITIONS for word in words[:-1]), text
		assert '"' not in text and " - " not in text, text


def test_every_service_says_how_to_prepare(services):
	assert all(
		row["preparation"]
		for row in services.values()
		if row["kind"] in ("Test", "Consultation", "Certificate")
	)
