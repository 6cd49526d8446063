"""The declared matrix (`matrix*.toml`): who may call what and who may do what with which document."""

import tomllib
from pathlib import Path
from typing import Any

from benchkit.profile import current
from lab_crm.install import ROLES, WEBSITE_ROLES

# What the bench of the tests may have beside lab_crm: app → its part of the matrix.
PARTS = {"lab_erp": "matrix_erp.toml"}


def _read(name: str) -> dict[str, Any]:
	return tomllib.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))


DECLARED = _read("matrix.toml")
for app, name in PARTS.items():
	if app in current().apps:
		for part, declared in _read(name).items():
			DECLARED[part].update(declared)
OUTSIDERS = ("Guest", *WEBSITE_ROLES)
STAFF = ROLES
PERSONS = (*OUTSIDERS, *STAFF)
LEVELS = ("read", "write", "create", "delete", "submit", "cancel", "amend")
RIGHTS = (*LEVELS, "report", "export", "import", "print", "email", "share")


def rights_of(doctype: str) -> dict[str, dict[int, set[str]]]:
	"""Return role → permission level → rights, as declared for a DocType."""
	found: dict[str, dict[int, set[str]]] = {}
	for role, lines in DECLARED["doctypes"][doctype].get("roles", {}).items():
		for line in lines:
			level, _colon, rights = line.rpartition(":")
			found.setdefault(role, {})[int(level or 0)] = set(rights.split())
	return found
