"""Import of codes of a LIS from an Excel workbook: what it would do is shown first, then it is done."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import frappe
from frappe import _

from lab_crm.lis.code_map_file import (
	ANALYTE,
	CODE,
	MOST_BYTES,
	MOST_ROWS,
	NAME,
	SERVICE,
	Line,
	NotACodeMap,
	read,
)
from lab_crm.utils.errors import Refusal
from lab_crm.utils.rights import require

DOCTYPE = "LIS Code Map"
MOST_PROBLEMS = 100  # that are told one by one


@dataclass
class Plan:
	"""What an import does: rows to make and to change, how many stay, what is wrong by line."""

	new: list[dict] = field(default_factory=list)
	changed: list[dict] = field(default_factory=list)
	same: int = 0
	problems: list[tuple[int, str]] = field(default_factory=list)

	def told(self) -> dict:
		"""Return it for the screen."""
		return {
			"new": len(self.new),
			"changed": len(self.changed),
			"same": self.same,
			"wrong": len(self.problems),
			"problems": [_("Line {0}: {1}").format(*each) for each in self.problems[:MOST_PROBLEMS]],
		}


@frappe.whitelist(methods=["POST"])
def check(file_url: str, connection: str | None = None) -> dict:
	"""Tell what an import would do; nothing is written.

	Args:
		file_url: of an uploaded file.
		connection: the LIS Connection whose codes they are; empty for all.

	Returns:
		`new`, `changed`, `same`, `wrong` (counts), `problems` (translated lines).

	Raises:
		frappe.PermissionError: the user may not import the map of codes, or may not read the file.
		Refusal: `NO_FILE`, or the reason why the file is no map of codes.
	"""
	return _plan(_lines(file_url), connection or None).told()


@frappe.whitelist(methods=["POST"])
def apply(file_url: str, connection: str | None = None) -> dict:
	"""Take over the right rows of a file; results that waited for their codes are read anew.

	Args, returns and raises as `check`.
	"""
	plan = _plan(_lines(file_url), connection or None)
	for row in plan.new:
		frappe.get_doc({"doctype": DOCTYPE, **row}).insert()
	for row in plan.changed:
		doc = frappe.get_doc(DOCTYPE, row["name"])
		doc.update(row["values"])
		doc.save()
	return plan.told()


def _lines(file_url: str) -> list[Line]:
	require(DOCTYPE, "import")
	require(DOCTYPE, "create")
	name = frappe.db.get_value("File", {"file_url": file_url or "", "owner": frappe.session.user})
	if not name:
		raise Refusal("NO_FILE", _("Attach an Excel workbook (.xlsx)"), "file_url")
	file = frappe.get_doc("File", name)
	file.check_permission("read")
	with open(file.get_full_path(), "rb") as stream:
		raw = stream.read(MOST_BYTES + 1)
	try:
		return read(raw, _words())
	except NotACodeMap as error:
		raise Refusal(error.reason, _reason(error.reason), "file_url") from error


def _words() -> dict[str, tuple[str, ...]]:
	"""Return what columns may be called: in English, and as the user's screen calls them."""
	return {
		CODE: ("LIS Code", _("LIS Code"), "lis_code"),
		NAME: ("LIS Name", _("LIS Name"), "lis_name"),
		ANALYTE: ("Analyte", _("Analyte"), "analyte"),
		SERVICE: ("Lab Service", _("Lab Service"), "service"),
	}


def _reason(code: str) -> str:
	return {
		"TOO_BIG": _("The file is too big: at most {0} MB").format(MOST_BYTES // 2**20),
		"NOT_XLSX": _("This is no Excel workbook (.xlsx), or it is damaged"),
		"NO_HEADER": _("No header was found: name the columns {0} and {1} or {2}").format(
			_("LIS Code"), _("Analyte"), _("Lab Service")
		),
		"NO_ROWS": _("There are no rows below the header"),
		"TOO_MANY_ROWS": _("The file is too long: at most {0} rows").format(MOST_ROWS),
	}[code]


def _plan(lines: Iterable[Line], connection: str | None) -> Plan:
	lines = list(lines)
	analytes = _meanings("Analyte", "analyte_name", {line.analyte for line in lines})
	services = _meanings("Lab Service", "service_name", {line.service for line in lines})
	existing = _existing(connection)
	plan = Plan()
	seen: dict[str, int] = {}
	for line in lines:
		values, problem = _values(line, analytes, services)
		if not problem and line.lis_code in seen:
			problem = _("code {0} is in line {1} already").format(line.lis_code, seen[line.lis_code])
		if problem:
			plan.problems.append((line.number, problem))
			continue
		seen[line.lis_code] = line.number
		old = existing.get(line.lis_code)
		if not old:
			plan.new.append({**values, CODE: line.lis_code, "connection": connection})
		elif any((old[key] or "") != value for key, value in values.items()):
			plan.changed.append({"name": old.name, "values": values})
		else:
			plan.same += 1
	return plan


def _values(line: Line, analytes: dict, services: dict) -> tuple[dict[str, str], str]:
	"""Return the fields of the map that a line sets, and what is wrong with it."""
	if not line.lis_code:
		return {}, _("the code of the LIS is missing")
	if not line.analyte and not line.service:
		return {}, _("neither an analyte nor a service is named")
	values = {NAME: line.lis_name} if line.lis_name else {}
	for key, text, known in ((ANALYTE, line.analyte, analytes), (SERVICE, line.service, services)):
		if not text:
			continue
		fitting = known.get(text.lower(), set())
		if not fitting:
			return {}, _("{0} is not in the catalogue").format(text)
		if len(fitting) > 1:
			return {}, _("{0} fits several: {1}").format(text, ", ".join(sorted(fitting)))
		values[key] = next(iter(fitting))
	return values, ""


def _meanings(doctype: str, title: str, words: set[str]) -> dict[str, set[str]]:
	"""Return what words name: code, LOINC or FSLI before the name (two names may be alike)."""
	found: dict[str, set[str]] = defaultdict(set)
	if not words - {""}:
		return found
	keys = ("name", "fsli_code", "loinc", title)
	rows = frappe.get_all(doctype, fields=list(keys))
	wanted = {word.lower() for word in words if word}
	for key in keys:
		known = set(found)
		for row in rows:
			text = (row[key] or "").lower()
			if text in wanted and text not in known:
				found[text].add(row.name)
	return found


def _existing(connection: str | None) -> dict[str, frappe._dict]:
	rows = frappe.get_all(
		DOCTYPE,
		filters={"connection": connection or ("is", "not set")},
		fields=["name", CODE, NAME, ANALYTE, SERVICE],
	)
	return {row.lis_code: row for row in rows}
