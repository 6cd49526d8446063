"""Import of the federal registries (1080 ФСЛИ, 1081 materials, 1358 units) from the files of the portal.

The whole file is read and checked before anything is written; the rows are written in one transaction. A
second import of the same file changes nothing: rows are compared, and `registry_version` tells the version
that brought the present text of a row.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import frappe
from frappe import _
from frappe.utils import now

from lab_crm.catalogue import nsi_files
from lab_crm.utils.errors import Refusal

CHUNK = 1000
MOST_BYTES = nsi_files.MOST_BYTES
Progress = Callable[[int, int], None]


@dataclass
class Report:
	"""What an import did; `errors` are (line of the file, machine code)."""

	registry: str
	version: str
	total: int = 0
	created: int = 0
	updated: int = 0
	unchanged: int = 0
	errors: list[tuple[int, str]] = field(default_factory=list)


def import_file(name: str, raw: bytes, progress: Progress | None = None) -> Report:
	"""Import one registry file into its DocType.

	Args:
		name: file name (its extension and version are read).
		raw: content of the file.
		progress: called with (rows done, rows in all).

	Returns:
		Counts and the errors of single rows.

	Raises:
		Refusal: NOT_A_REGISTRY when the file is no registry; nothing is written.
	"""
	content = _refusing(nsi_files.read, name, raw)
	report = Report(content.registry.number, content.version, len(content.rows) + len(content.errors))
	report.errors = content.errors
	new, changed = _compare(content)
	report.created, report.updated = len(new), len(changed)
	report.unchanged = len(content.rows) - len(new) - len(changed)
	_write(content, new, changed, progress or (lambda done, total: None))
	return report


def check_file(name: str, raw: bytes) -> None:
	"""Refuse a file that is no registry; looks at the header only.

	Raises:
		Refusal: NOT_A_REGISTRY.
	"""
	_refusing(nsi_files.peek, name, raw)


def _refusing(reader: Callable[[str, bytes], Any], name: str, raw: bytes) -> Any:
	try:
		return reader(name, raw)
	except nsi_files.NotARegistry as problem:
		raise Refusal("NOT_A_REGISTRY", file_problem(problem.reason), "registry_file") from problem


def file_problem(reason: str) -> str:
	"""Return the words for a reason of `NotARegistry`."""
	words = {
		"UNREADABLE": _("The file cannot be read: it is damaged or of another kind than its name says"),
		"UNKNOWN_FORMAT": _("Upload the registry as tsv, csv, xlsx or json, also packed by gz or zip"),
		"TOO_BIG": _("The file is too big for a registry"),
		"SEVERAL_FILES": _("The archive must hold exactly one file of a registry"),
		"UNKNOWN_COLUMNS": _("This is no registry 1080, 1081 or 1358: the columns differ"),
		"NO_ROWS": _("The file has no rows of a registry"),
	}
	return words[reason]


def row_problem(code: str) -> str:
	"""Return the words for the error of one row."""
	words = {
		"WRONG_COLUMNS": _("the number of columns differs from the header"),
		"NO_CODE": _("the identifier is empty or not a number"),
		"TOO_LONG": _("a value is too long"),
		"CODE_TWICE": _("the identifier is in the file twice"),
	}
	return words[code]


def _compare(content: nsi_files.Content) -> tuple[list[str], dict[str, dict[str, Any]]]:
	fields = _fields(content)
	known = {
		row[0]: row[1:]
		for row in frappe.get_all(content.registry.doctype, fields=["name", *fields], as_list=True)
	}
	new: list[str] = []
	changed: dict[str, dict[str, Any]] = {}
	for code, row in content.rows.items():
		if code not in known:
			new.append(code)
		# The database may hold NULL where the file has an empty text or 0.
		elif any((old or None) != (row[name] or None) for name, old in zip(fields, known[code], strict=True)):
			changed[code] = row
	return new, changed


def _fields(content: nsi_files.Content) -> list[str]:
	return list(next(iter(content.rows.values())))


def _write(
	content: nsi_files.Content, new: list[str], changed: dict[str, dict[str, Any]], progress: Progress
) -> None:
	total, done = len(new) + len(changed), 0
	for start in range(0, len(new), CHUNK):
		part = new[start : start + CHUNK]
		_insert(content, part)
		done += len(part)
		progress(done, total)
	for code, row in changed.items():
		frappe.db.set_value(content.registry.doctype, code, {**row, "registry_version": content.version})
		done += 1
		if done % CHUNK == 0 or done == total:
			progress(done, total)


def _insert(content: nsi_files.Content, codes: list[str]) -> None:
	"""Write new rows in one statement."""
	fields, moment, user = _fields(content), now(), frappe.session.user
	system = {"creation": moment, "modified": moment, "owner": user, "modified_by": user}
	system.update({"docstatus": 0, "idx": 0, "registry_version": content.version})
	values = [[code, *system.values(), *(content.rows[code][name] for name in fields)] for code in codes]
	frappe.db.bulk_insert(content.registry.doctype, ["name", *system, *fields], values)
