"""Codes of a LIS that mean nothing here: a work list, filled by the line and emptied by people.

Mapping one makes a LIS Code Map, which reads the results that waited for the code anew.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from hashlib import sha256

import frappe
from frappe import _

from lab_crm.laboratory import observations as obs
from lab_crm.lis.code_maps import Known
from lab_crm.lis.hl7.oru import OrderGroup
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal
from lab_crm.utils.once import insert_once
from lab_crm.utils.rights import require

DOCTYPE = "LIS Unknown Code"
ANALYTE, SERVICE = "Analyte", "Lab Service"
OPEN, MAPPED, SET_ASIDE = "Open", "Mapped", "Set Aside"
MOST_SUGGESTIONS = 5
_ALIKE = 0.6  # of 1, below which two names have nothing to do with each other
_LOOKED_AT = 20  # waiting results that tell what was ordered
_LENGTH = 140


@dataclass(frozen=True, order=True)
class Unknown:
	"""A code nobody knows: `kind` is what it should be here."""

	kind: str
	code: str
	name: str = ""
	unit: str = ""


def found_in(groups: Iterable[OrderGroup], known: Known) -> list[Unknown]:
	"""Return the codes of stored groups that neither the map nor the catalogue knows, each once, sorted.

	Args:
		groups: parts of a message whose results were just stored.
		known: the map that was asked while they were stored.
	"""
	found: dict[tuple[str, str], Unknown] = {}
	for group in groups:
		for seen in group.observations:
			code = seen.code.code or seen.code.alt_code
			if code in known.asked and not {code, seen.code.alt_code} & known.found:
				unit = seen.unit or seen.unit_code
				found.setdefault((ANALYTE, code), Unknown(ANALYTE, code, seen.code.words, unit))
	services = {group.service.code: group.service.words for group in groups if group.observations}
	for code in set(services) - known.services.keys() - {""} - _services_known(services):
		found[SERVICE, code] = Unknown(SERVICE, code, services[code])
	return sorted(found.values())


def note(connection: str | None, message: str, unknown: Iterable[Unknown]) -> None:
	"""Put codes on the work list, or count them there once more.

	Args:
		connection: the LIS Connection they came by.
		message: name of the LIS Message.
		unknown: sorted, so that workers that note the same codes never wait for each other crosswise.
	"""
	for each in unknown:
		key = _key(connection, each)
		fields = ["name", "occurrences", "last_message"]
		row = frappe.db.get_value(DOCTYPE, {"code_key": key}, fields, as_dict=True, for_update=True)
		row = row or insert_once(_new(connection, each, key), "code_key")
		if row.last_message != message:  # the same message may be processed again
			values = {
				"occurrences": row.occurrences + 1,
				"last_received": clock.now(),
				"last_message": message,
			}
			frappe.db.set_value(DOCTYPE, row.name, values)


def settle(code_map) -> None:
	"""Take the codes that a LIS Code Map explains off the work list.

	Args:
		code_map: LIS Code Map document.
	"""
	kinds = [kind for kind, meaning in ((ANALYTE, code_map.analyte), (SERVICE, code_map.service)) if meaning]
	filters = {"lis_code": code_map.lis_code, "kind": ("in", kinds), "status": ("!=", MAPPED)}
	if code_map.connection:
		filters["connection"] = code_map.connection
	for name in frappe.get_all(DOCTYPE, filters=filters, pluck="name", order_by="name"):
		frappe.db.set_value(DOCTYPE, name, {"status": MAPPED, "code_map": code_map.name})


def reopen(code_map: str) -> None:
	"""Put the codes back on the work list that a LIS Code Map explained which is being deleted."""
	for name in frappe.get_all(DOCTYPE, filters={"code_map": code_map}, pluck="name", order_by="name"):
		frappe.db.set_value(DOCTYPE, name, {"status": OPEN, "code_map": None})


@frappe.whitelist()
def get_suggestions(code: str) -> list[dict]:
	"""Return what a code may mean, the likeliest first.

	Args:
		code: name of a LIS Unknown Code.

	Returns:
		`name` and `title` of the analyte or service, `reason` (a translated sentence).

	Raises:
		frappe.PermissionError: the user may not map codes.
	"""
	doc = _held(code)
	titles = _titles(doc.kind)
	reasons: dict[str, list[str]] = defaultdict(list)
	for way in (_by_orders(doc) if doc.kind == ANALYTE else {}, _by_name(doc, titles)):
		for name, reason in way.items():
			reasons[name].append(reason)
	names = [name for name in reasons if name in titles]
	names.sort(key=lambda name: (-len(reasons[name]), -_likeness(doc.lis_name, titles[name])))
	return [
		{"name": name, "title": titles[name], "reason": "; ".join(reasons[name])}
		for name in names[:MOST_SUGGESTIONS]
	]


@frappe.whitelist(methods=["POST"])
def map_code(code: str, target: str, everywhere: bool = False) -> dict:
	"""Say what a code means: it is known from now on, and what waited for it is read anew.

	Args:
		code: name of a LIS Unknown Code.
		target: name of the Analyte or the Lab Service, as its kind says.
		everywhere: for all connections, not only the one it came by.

	Returns:
		`code_map`: name of the LIS Code Map; `results`: how many results were read anew by now.

	Raises:
		frappe.PermissionError: the user may not map codes.
		Refusal: `NOT_OPEN` (409), `SAME_CODE`, `NO_MEANING`.
	"""
	doc = _held(code)
	if doc.status == MAPPED:
		raise Refusal("NOT_OPEN", _("Code {0} is mapped already").format(doc.lis_code), status=409)
	connection = None if frappe.utils.cint(everywhere) else doc.connection
	made = _code_map(doc, connection)
	made.update({"analyte" if doc.kind == ANALYTE else "service": target})
	made.lis_name = made.lis_name or doc.lis_name
	made.save()
	return {"code_map": made.name, "results": made.flags.reread or 0}


@frappe.whitelist(methods=["POST"])
def set_aside(code: str, back: bool = False) -> None:
	"""Take a code nobody needs off the work list, or put it back.

	Raises:
		frappe.PermissionError: the user may not map codes.
		Refusal: `NOT_OPEN`.
	"""
	doc = _held(code)
	if doc.status == MAPPED:
		raise Refusal("NOT_OPEN", _("Code {0} is mapped already").format(doc.lis_code), status=409)
	doc.db_set("status", OPEN if frappe.utils.cint(back) else SET_ASIDE, notify=True)


def _held(code: str):
	require("LIS Code Map", "create")
	doc = frappe.get_doc(DOCTYPE, code, for_update=True)
	doc.check_permission("write")
	return doc


def _key(connection: str | None, unknown: Unknown) -> str:
	return sha256(f"{connection or ''}\x1f{unknown.kind}\x1f{unknown.code}".encode()).hexdigest()


def _new(connection: str | None, unknown: Unknown, key: str):
	doc = frappe.new_doc(DOCTYPE)
	doc.update(
		{
			"connection": connection,
			"kind": unknown.kind,
			"lis_code": unknown.code[:_LENGTH],
			"lis_name": unknown.name[:_LENGTH],
			"unit": unknown.unit[:_LENGTH],
			"status": OPEN,
			"occurrences": 0,
			"code_key": key,
		}
	)
	return doc


def _code_map(doc, connection: str | None):
	"""Return the row of the map for a code, which may have the other meaning already, or a new one."""
	same = {"lis_code": doc.lis_code, "connection": connection or ("is", "not set")}
	if name := frappe.db.get_value("LIS Code Map", same):
		return frappe.get_doc("LIS Code Map", name)
	made = frappe.new_doc("LIS Code Map")
	return made.update({"lis_code": doc.lis_code, "connection": connection})


def _services_known(codes: Iterable[str]) -> set[str]:
	"""Return the codes that the catalogue knows a service by (one query)."""
	wanted = {code for code in codes if code}
	if not wanted:
		return set()
	table = frappe.qb.DocType("Lab Service")
	names = (table.name, table.lis_code, table.fsli_code, table.loinc)
	query = frappe.qb.from_(table).select(*names)
	query = query.where(
		table.name.isin(wanted)
		| table.lis_code.isin(wanted)
		| table.fsli_code.isin(wanted)
		| table.loinc.isin(wanted)
	)
	return {code for row in query.run() for code in row if code}


def _titles(kind: str) -> dict[str, str]:
	title = "analyte_name" if kind == ANALYTE else "service_name"
	return dict(frappe.get_all(kind, filters={"is_active": 1}, fields=["name", title], as_list=True))


def _by_orders(doc) -> dict[str, str]:
	"""Return analytes that were ordered where the code came, and have no value there."""
	waiting = frappe.get_all(
		"Lab Result Item",
		filters={"code": doc.lis_code, "analyte": ("is", "not set"), "parenttype": "Lab Result"},
		pluck="parent",
		order_by="creation desc",
		limit=_LOOKED_AT,
	)
	missing: Counter[str] = Counter()
	for result in set(waiting):
		order = frappe.db.get_value("Lab Result", result, "order")
		services = frappe.get_all("Lab Order Item", filters={"parent": order}, pluck="service")
		rows = frappe.get_all("Lab Result Item", filters={"parent": result}, pluck="analyte")
		asked = {
			row.analyte for name in services for row in frappe.get_cached_doc("Lab Service", name).analytes
		}
		missing.update(asked - set(rows))
	units = dict(
		frappe.get_all(
			"Analyte", filters={"name": ("in", list(missing))}, fields=["name", "unit"], as_list=True
		)
	)
	fitting = [
		name for name, _count in missing.most_common() if obs.same_unit(units.get(name) or "", doc.unit or "")
	]
	return dict.fromkeys(fitting[:MOST_SUGGESTIONS], _("it was ordered there and has no value"))


def _by_name(doc, titles: dict[str, str]) -> dict[str, str]:
	alike = {name: _likeness(doc.lis_name, title) for name, title in titles.items()}
	likely = sorted((name for name in alike if alike[name] >= _ALIKE), key=lambda name: -alike[name])
	return {
		name: _("the name is the same") if alike[name] == 1 else _("the name is alike") for name in likely
	}


def _likeness(one: str | None, other: str | None) -> float:
	"""Return how alike two names are, from 0 to 1."""
	one, other = (" ".join((text or "").lower().replace("ё", "е").split()) for text in (one, other))
	return SequenceMatcher(None, one, other).ratio() if one and other else 0.0
