"""The catalogue as other modules ask for it: list and search of services, composition, preparation, ranges.

The catalogue is public (the site shows it to guests), so it is read without permission checks.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

import frappe

from lab_crm.catalogue import preparation, price_book, references, search
from lab_crm.catalogue.prices import SELF_PAY

PANEL = "Panel"
FIELDS = (
	"name",
	"service_name",
	"kind",
	"category",
	"duration_minutes",
	"preparation",
	"sample_type",
	"turnaround_hours",
	"validity_months",
	"is_bookable_online",
	"needs_specialist",
	"resource_kind",
	"sex",
	"description",
)
MOST_AT_ONCE = 200

# site → (stamp of the catalogue, index): rebuilt when a service was changed, added or deleted.
_indexes: dict[str, tuple[tuple, search.Index]] = {}


def find(query: str) -> list[str]:
	"""Return codes of active services that match what a person typed, the best first."""
	return _index().search(query)


def _index() -> search.Index:
	service = frappe.qb.DocType("Lab Service")
	count = frappe.query_builder.functions.Count("*")
	newest = frappe.query_builder.functions.Max(service.modified)
	stamp = tuple(frappe.qb.from_(service).select(newest, count).run()[0])
	known = _indexes.get(frappe.local.site)
	if known and known[0] == stamp:
		return known[1]
	rows = frappe.get_all("Lab Service", {"is_active": 1}, ["name", "service_name", "synonyms", "kind"])
	index = search.Index(
		search.Entry(row.name, row.service_name, search.split_synonyms(row.synonyms), int(row.kind == PANEL))
		for row in rows
	)
	_indexes[frappe.local.site] = (stamp, index)
	return index


def list_services(
	branch: str | None = None,
	query: str | None = None,
	start: int = 0,
	page_length: int = 20,
	kind: str | None = None,
	category: str | None = None,
	online_only: bool = True,
	funding: str = SELF_PAY,
	day: date | None = None,
) -> dict[str, Any]:
	"""Return a page of active services with their prices.

	Args:
		branch: Lab Branch whose prices apply; None takes the prices for every branch.
		query: what the person typed; the best match comes first. Without it: by category, then by name.
		start: rows to skip.
		page_length: rows to return, 200 at most.
		kind, category: keep only these.
		online_only: keep only services that can be booked online.
		funding: whose price (Self-pay, OMS, DMS, Corporate).
		day: day of the service; today when None.

	Returns:
		{"services": [fields of `FIELDS`, "price", "currency"], "total": rows in all}; `price` is None without
		a price.
	"""
	filters: dict[str, Any] = {"is_active": 1}
	filters.update({key: value for key, value in (("kind", kind), ("category", category)) if value})
	if online_only:
		filters["is_bookable_online"] = 1
	names = _ordered(filters, query)
	page = names[max(start, 0) :][: min(max(page_length, 1), MOST_AT_ONCE)]
	found = price_book.prices_of(page, branch, day, funding)
	return {"services": _priced(page, found), "total": len(names)}


def _priced(names: list[str], prices: dict[str, Any]) -> list[dict[str, Any]]:
	"""Read services and put their prices beside them, in the order given."""
	if not names:
		return []
	rows = {row.name: row for row in frappe.get_all("Lab Service", {"name": ("in", names)}, list(FIELDS))}
	return [
		{
			**rows[name],
			"price": float(prices[name].price) if name in prices else None,
			"currency": prices[name].currency if name in prices else None,
		}
		for name in names
	]


def _ordered(filters: dict[str, Any], query: str | None) -> list[str]:
	rows = frappe.get_all("Lab Service", filters, ["name", "service_name", "category"])
	if query and query.strip():
		fitting = {row.name for row in rows}
		return [code for code in find(query) if code in fitting]
	places = dict(frappe.get_all("Service Category", fields=["name", "position"], as_list=True))
	rows.sort(key=lambda row: (places.get(row.category, 10**6), row.service_name.lower()))
	return [row.name for row in rows]


def expand(services: Iterable[str]) -> list[str]:
	"""Replace panels by their services; each service once, in the order given."""
	names = list(dict.fromkeys(services))
	items = panel_items(names)
	return list(dict.fromkeys(item for name in names for item in items.get(name, [name])))


def panel_items(panels: Iterable[str] | None = None) -> dict[str, list[str]]:
	"""Return panel → its services in order, in one query; all panels when `panels` is None."""
	filters: dict[str, Any] = {"parenttype": "Lab Service", "parentfield": "panel_items"}
	if panels is not None:
		filters["parent"] = ("in", list(panels))
	rows = frappe.get_all("Panel Item", filters, ["parent", "service"], order_by="parent, idx")
	found: dict[str, list[str]] = {}
	for row in rows:
		found.setdefault(row.parent, []).append(row.service)
	return found


def analytes_of(services: Iterable[str]) -> dict[str, list[str]]:
	"""Return service → its analytes in order, in one query; panels give only what is calculated."""
	rows = frappe.get_all(
		"Service Analyte",
		{"parenttype": "Lab Service", "parent": ("in", list(services))},
		["parent", "analyte"],
		order_by="parent, idx",
	)
	found: dict[str, list[str]] = {}
	for row in rows:
		found.setdefault(row.parent, []).append(row.analyte)
	return found


def ranges_of(analytes: Iterable[str]) -> dict[str, list[references.Range]]:
	"""Return analyte → its reference ranges, in one query."""
	fields = ["parent", "sex", "age_from_days", "age_to_days", *references.LIMITS, "text"]
	rows = frappe.get_all(
		"Reference Range",
		{"parenttype": "Analyte", "parent": ("in", list(analytes))},
		fields,
		order_by="parent, idx",
	)
	found: dict[str, list[references.Range]] = {}
	for row in rows:
		found.setdefault(row.parent, []).append(references.as_range(row))
	return found


def preparation_text(services: Iterable[str]) -> str:
	"""Return one preparation for several services: the strictest of each group, nothing twice (F3)."""
	rows = frappe.get_all(
		"Lab Service", {"name": ("in", list(services))}, ["name", "kind", "preparation", "preparation_rule"]
	)
	return _combined(rows)


def default_preparation(doc: Any) -> str:
	"""Return the preparation of a service without a text: that of its rule, or of a panel's services."""
	if doc.preparation_rule:
		return frappe.db.get_value("Service Preparation", doc.preparation_rule, "text") or ""
	if doc.kind != PANEL:
		return ""
	return preparation_text([row.service for row in doc.panel_items])


def _combined(rows: list[frappe._dict]) -> str:
	names = [row.name for row in rows]
	items = panel_items([row.name for row in rows if row.kind == PANEL])
	parts = [row for row in rows if row.name not in items]
	inner = sorted({item for content in items.values() for item in content} - set(names))
	if inner:
		parts += frappe.get_all(
			"Lab Service", {"name": ("in", inner)}, ["name", "preparation", "preparation_rule"]
		)
	known = {
		rule.name: rule
		for rule in frappe.get_all(
			"Service Preparation",
			{"name": ("in", [row.preparation_rule for row in parts if row.preparation_rule] or [""])},
			["name", "preparation_group", "strictness", "text"],
		)
	}
	return preparation.combine(_as_preparation(row, known.get(row.preparation_rule)) for row in parts)


def _as_preparation(row: frappe._dict, rule: frappe._dict | None) -> preparation.Preparation:
	text = (row.preparation or "").strip()
	if rule is None or (text and text != (rule.text or "").strip()):
		return preparation.Preparation(text)
	return preparation.Preparation(rule.text or "", rule.preparation_group, rule.strictness or 0)
