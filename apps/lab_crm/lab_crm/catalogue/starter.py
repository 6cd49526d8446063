"""The starter catalogue: loads the CSV files of `fixtures/catalogue` into an empty or half-filled site.

Only what is missing is created: a document that exists belongs to the administrator and is left as it is, so
a second run changes nothing. Documents are validated like any other and written in bulk.
"""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import frappe
from frappe import _
from frappe.utils import now
from frappe.utils.global_search import rebuild_for_doctype

from lab_crm.catalogue import prices
from lab_crm.utils.errors import Refusal

Row = dict[str, Any]
DOCTYPES = (
	"Service Category",
	"Service Preparation",
	"Sample Type",
	"Analyte",
	"Lab Service",
	"Service Price",
	"Upsell Rule",
)
FILES = {
	"Service Category": "categories.csv",
	"Service Preparation": "preparations.csv",
	"Sample Type": "sample_types.csv",
	"Analyte": "analytes.csv",
	"Lab Service": "services.csv",
	"Service Price": "prices.csv",
	"Upsell Rule": "upsell.csv",
}
RANGES, PANELS = "reference_ranges.csv", "panels.csv"


def load(folder: str | Path | None = None) -> dict[str, int]:
	"""Create what the site lacks of the starter catalogue.

	Args:
		folder: folder with the CSV files; `fixtures/catalogue` of the repository when None.

	Returns:
		DocType → number of documents created.

	Raises:
		Refusal: NO_STARTER_FILES when a file is missing; the refusals of the documents' own checks.
	"""
	content = read(Path(folder) if folder else default_folder())
	created = {}
	for doctype in DOCTYPES:
		existing = set(frappe.get_all(doctype, pluck="name"))
		missing = [row for row in content[doctype] if _name(doctype, row) not in existing]
		_insert(doctype, missing)
		created[doctype] = len(missing)
	return created


def default_folder() -> Path:
	"""Return `fixtures/catalogue` of the repository the app lies in."""
	return Path(frappe.get_app_path("lab_crm")).resolve().parents[2] / "fixtures" / "catalogue"


def read(folder: Path) -> dict[str, list[Row]]:
	"""Read the files into documents: DocType → rows with their child tables.

	Raises:
		Refusal: NO_STARTER_FILES.
	"""
	missing = [name for name in (*FILES.values(), RANGES, PANELS) if not (folder / name).exists()]
	if missing:
		message = _("The starter catalogue lacks the files: {0}").format(", ".join(missing))
		raise Refusal("NO_STARTER_FILES", message, status=404)
	content = {doctype: list(_rows(folder / name)) for doctype, name in FILES.items()}
	ranges = _grouped(_rows(folder / RANGES), "analyte")
	for row in content["Analyte"]:
		row["reference_ranges"] = ranges.get(row["code"], [])
	panels = _grouped(_rows(folder / PANELS), "panel")
	_complete_services(content, panels)
	for row in content["Upsell Rule"]:
		row["triggers"] = [{"service": code} for code in _split(row["triggers"])]
	return content


def _complete_services(content: dict[str, list[Row]], panels: dict[str, list[Row]]) -> None:
	names = {row["code"]: row["service_name"] for row in content["Lab Service"]}
	analytes = {row["code"]: row for row in content["Analyte"]}
	texts = {row["code"]: row["text"] for row in content["Service Preparation"]}
	for row in content["Lab Service"]:
		row["preparation_rule"] = row.pop("preparation", None)
		if row["preparation_rule"]:
			row["preparation"] = texts[row["preparation_rule"]]
		row["analytes"] = [
			{
				"analyte": code,
				"analyte_name": analytes[code]["analyte_name"],
				"unit": analytes[code].get("unit"),
			}
			for code in _split(row.get("analytes", ""))
		]
		row["panel_items"] = [
			{"service": item["service"], "service_name": names[item["service"]]}
			for item in panels.get(row["code"], [])
		]
	# A panel's text is made of its services' texts, so it comes after them.
	content["Lab Service"].sort(key=lambda row: row["kind"] == "Panel")


def _rows(path: Path) -> Iterator[Row]:
	with path.open(encoding="utf-8", newline="") as file:
		for row in csv.DictReader(file):
			yield {key: value for key, value in row.items() if value != ""}


def _grouped(rows: Iterable[Row], key: str) -> dict[str, list[Row]]:
	found: dict[str, list[Row]] = {}
	for row in rows:
		found.setdefault(row.pop(key), []).append(row)
	return found


def _split(text: str) -> list[str]:
	return [part for part in text.split(";") if part]


def _name(doctype: str, row: Row) -> str:
	if doctype != "Service Price":
		return row["code"]
	return prices.key_name(
		row["service"],
		row.get("branch"),
		row.get("funding", prices.SELF_PAY),
		row.get("price_list"),
		row["valid_from"],
	)


def _insert(doctype: str, rows: list[Row]) -> None:
	if not rows:
		return
	panels = [row for row in rows if row.get("kind") == "Panel"]
	_write(doctype, [row for row in rows if row.get("kind") != "Panel"])
	_write(doctype, panels)
	if frappe.get_meta(doctype).get_global_search_fields():
		rebuild_for_doctype(doctype)


def _write(doctype: str, rows: list[Row]) -> None:
	tables: dict[str, list[Any]] = {}
	for row in rows:
		doc = frappe.new_doc(doctype)
		doc.update(row)
		doc.name = _name(doctype, row)
		doc.run_method("validate")
		for one in (doc, *doc.get_all_children()):
			tables.setdefault(one.doctype, []).append(_stamped(one, doc))
	for table, docs in tables.items():
		columns = frappe.get_meta(table).get_valid_columns()
		values = [[one.get(column) for column in columns] for one in docs]
		frappe.db.bulk_insert(table, columns, values)


def _stamped(one: Any, parent: Any) -> Row:
	if one is not parent:
		one.name = frappe.generate_hash(length=10)
		one.parent = parent.name
	moment, user = now(), frappe.session.user
	one.update({"creation": moment, "modified": moment, "owner": user, "modified_by": user, "docstatus": 0})
	one.idx = one.idx or 0
	return one.get_valid_dict(convert_dates_to_str=True)
