"""Our catalogue against the imported registries: wrong codes are named, empty ones are filled."""

import frappe
from frappe import _

from lab_crm.catalogue import codes

OBSOLETE = "Устаревший"  # a value of the registry's column TESTSTATUS
CODED = ("Analyte", "Lab Service")


def warnings() -> list[str]:
	"""Return what an administrator should look at, one sentence each; empty registries are not asked."""
	found: list[str] = []
	if frappe.db.count("NSI Test"):
		for doctype in CODED:
			found += _test_warnings(doctype)
	if frappe.db.count("NSI Material"):
		found += _missing("Sample Type", "nsi_code", "NSI Material", _("no such material in registry 1081"))
	if frappe.db.count("NSI Unit"):
		found += _missing("Analyte", "unit_code", "NSI Unit", _("no such unit in registry 1358"))
	return found


def _test_warnings(doctype: str) -> list[str]:
	rows = frappe.get_all(doctype, {"fsli_code": ("!=", "")}, ["name", "fsli_code", "loinc"])
	tests = {
		test.name: test
		for test in frappe.get_all(
			"NSI Test", {"name": ("in", [row.fsli_code for row in rows] or [""])}, ["name", "loinc", "status"]
		)
	}
	found = []
	for row in rows:
		test = tests.get(row.fsli_code)
		if not test:
			found.append(_sentence(doctype, row.name, row.fsli_code, _("no such test in registry 1080")))
		elif test.status == OBSOLETE:
			found.append(_sentence(doctype, row.name, row.fsli_code, _("the test is obsolete")))
		elif row.loinc and test.loinc and row.loinc != test.loinc:
			problem = _("LOINC {0}, the registry says {1}").format(row.loinc, test.loinc)
			found.append(_sentence(doctype, row.name, row.fsli_code, problem))
	return found


def _missing(doctype: str, field: str, registry: str, problem: str) -> list[str]:
	rows = frappe.get_all(doctype, {field: ("!=", "")}, ["name", field])
	known = set(
		frappe.get_all(registry, {"name": ("in", [row[field] for row in rows] or [""])}, pluck="name")
	)
	return [_sentence(doctype, row.name, row[field], problem) for row in rows if row[field] not in known]


def _sentence(doctype: str, name: str, code: str, problem: str) -> str:
	return f"{_(doctype)} {name}, {code}: {problem}"


def fill() -> int:
	"""Fill empty codes out of the registries; what a person wrote is never changed.

	LOINC, the English name and the code of the medical service come from the test of the document's FSLI
	code; the material of a Sample Type and the unit's code of an Analyte from the only row of that name.

	Returns:
		Number of documents changed.
	"""
	changed = sum(_fill_tests(doctype) for doctype in CODED)
	changed += _fill_by_name("Sample Type", "nsi_code", "material_name", "NSI Material", "specimen")
	changed += _fill_by_name("Analyte", "unit_code", "unit", "NSI Unit", "short_name")
	return changed


def _fill_tests(doctype: str) -> int:
	sources = {"loinc": "loinc"}
	sources.update({"english_name": "english_name"} if doctype == "Analyte" else {"nmu_code": "nmu_codes"})
	changed = 0
	for row in frappe.get_all(doctype, {"fsli_code": ("!=", "")}, ["name", "fsli_code", *sources]):
		empty = [name for name in sources if not row[name]]
		test = empty and frappe.db.get_value("NSI Test", row.fsli_code, list(sources.values()), as_dict=True)
		values = {name: _usable(name, test[sources[name]]) for name in empty} if test else {}
		values = {name: value for name, value in values.items() if value}
		if values:
			frappe.db.set_value(doctype, row.name, values)
			changed += 1
	return changed


def _usable(name: str, value: str | None) -> str:
	value = value or ""
	if name == "loinc":
		# The registry itself holds a few mistyped LOINC numbers.
		return value if codes.is_loinc(value) else ""
	return value.split(";")[0].strip() if name == "nmu_code" else value[:140]


def _fill_by_name(doctype: str, field: str, own: str, registry: str, theirs: str) -> int:
	rows = frappe.get_all(doctype, {field: ("in", ["", None]), own: ("!=", "")}, ["name", own])
	names = {row[own] for row in rows}
	known: dict[str, list[str]] = {}
	for row in frappe.get_all(registry, {theirs: ("in", list(names) or [""])}, ["name", theirs]):
		known.setdefault(row[theirs], []).append(row.name)
	changed = 0
	for row in rows:
		if len(known.get(row[own], [])) == 1:
			frappe.db.set_value(doctype, row.name, field, known[row[own]][0])
			changed += 1
	return changed
