"""What the users of an app read, and whether its Russian file has it all and is sound."""

import ast
import csv
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from html import unescape
from pathlib import Path
from typing import NamedTuple

from benchkit.profile import ROOT

APPS = tuple(ROOT / "apps" / name / name for name in ("lab_crm", "lab_erp"))
FRAMEWORK_RUSSIAN = ROOT / "apps" / "frappe" / "frappe" / "translations" / "ru.csv"

SCRIPT_TEXT = re.compile(r"""\b__\(\s*(["'`])((?:\\.|(?!\1).)+)\1""")
TEMPLATE_TEXT = re.compile(r"""\b_\(\s*(["'])((?:\\.|(?!\1).)+)\1""")
PLACEHOLDER = re.compile(r"\{+\s*\w*\s*\}+")
TAG = re.compile(r"<[^>]+>")
# Words that stay as they are in Russian: codes, units, formats.
UNTRANSLATED = re.compile(r"^[\W\d_]*$|^[A-Z0-9^_/.-]{2,}$|^[\w.]+@[\w.]+$|^\{\d*\}$")
# Calls whose first argument is shown in the user's language.
PYTHON_CALLS = {"_", "_lt", "translate", "Variable"}
# Tables of texts that are translated where they are used.
TEXT_TABLES = {"EXPLANATIONS", "SIGNS"}
# Where records say their own names: DocType of the exported record → fields.
RECORD_FIELDS = {
	"Workspace": ("title", "label"),
	"Number Card": ("label",),
	"Dashboard Chart": ("chart_name",),
	"Print Format": ("name",),
	"Report": ("report_name",),
	"Notification": ("subject",),
	"Web Form": ("title",),
}
WORKSPACE_TABLES = ("shortcuts", "links", "number_cards", "charts", "quick_lists", "custom_blocks")
PLURAL_FORMS = 3
# The framework fills these in with an English word, so the Russian text does without.
ENGLISH_FILLING = {"{0} View", "Go to {0} List"}


class Row(NamedTuple):
	"""One line of a translation file."""

	source: str
	translation: str
	context: str


def problems() -> Iterator[str]:
	"""Yield everything that is wrong: texts without a translation, then unsound lines of the files."""
	for app in APPS:
		yield from untranslated(app)
		yield from unsound(rows(russian(app)))


def russian(app: Path) -> Path:
	"""Return an app's file of Russian words."""
	return app / "translations" / "ru.csv"


def untranslated(app: Path) -> Iterator[str]:
	"""Yield texts that users see and that have no Russian translation, each once."""
	known = {row.source for row in rows(russian(app))}
	if FRAMEWORK_RUSSIAN.exists():
		known |= {row.source for row in rows(FRAMEWORK_RUSSIAN) if row.translation}
	for source, text in texts(app):
		if text and text not in known and not UNTRANSLATED.match(text):
			known.add(text)
			yield f"{source.relative_to(ROOT)}: no translation of {text!r}"


def unsound(lines: Iterable[Row]) -> Iterator[str]:
	"""Yield what is wrong with lines of a translation file.

	Args:
		lines: the file, in its order.
	"""
	lines = list(lines)
	for (source, context), number in Counter((row.source, row.context) for row in lines).items():
		if number > 1:
			yield f"ru.csv: {number} lines for {source!r}{f' in {context}' if context else ''}"
	for row in lines:
		if not row.translation.strip():
			yield f"ru.csv: empty translation of {row.source!r}"
		filled = set() if row.source in ENGLISH_FILLING else set(PLACEHOLDER.findall(row.source))
		if filled != set(PLACEHOLDER.findall(row.translation)):
			yield f"ru.csv: other placeholders in the translation of {row.source!r}"
		if _plural(row.source) and row.translation.count("|") != PLURAL_FORMS - 1:
			yield f"ru.csv: {row.source!r} needs {PLURAL_FORMS} forms"


def rows(path: Path) -> Iterator[Row]:
	"""Yield the lines of a translation file.

	Args:
		path: a CSV of source, translation and, when there is one, context.
	"""
	with path.open(encoding="utf-8", newline="") as file:
		for line in csv.reader(file):
			if line:
				yield Row(*[*line, "", ""][: len(Row._fields)])


def texts(app: Path) -> Iterator[tuple[Path, str]]:
	"""Yield every translatable text of an app with the file it stands in."""
	yield from ((app / "modules.txt", name) for name in (app / "modules.txt").read_text().splitlines())
	for path, record in records(app):
		yield from ((path, text) for text in _record_texts(record))
	for path in _sources(app, "*.py"):
		tree = ast.parse(path.read_text(encoding="utf-8"))
		found = (*_called_texts(tree), *_workflow_texts(tree), *_table_texts(tree))
		yield from ((path, text) for text in found)
	for pattern, expression in (("*.js", SCRIPT_TEXT), ("*.html", TEMPLATE_TEXT)):
		for path in _sources(app, pattern):
			found = expression.finditer(path.read_text(encoding="utf-8"))
			yield from ((path, _unescape(match.group(2))) for match in found)


def records(app: Path) -> Iterator[tuple[Path, dict]]:
	"""Yield the records an app ships as files (DocTypes, workspaces, cards …) with their files."""
	for path in sorted(app.glob("*/*/*/*.json")):
		record = json.loads(path.read_text(encoding="utf-8"))
		if isinstance(record, dict) and "doctype" in record:
			yield path, record


def _sources(app: Path, pattern: str) -> Iterator[Path]:
	for path in sorted(app.rglob(pattern)):
		if not {"tests", "dist", "node_modules"} & set(path.relative_to(app).parts):
			yield path


def _record_texts(record: dict) -> Iterator[str]:
	if record["doctype"] == "DocType":
		yield from _doctype_texts(record)
	yield from (record.get(field) or "" for field in RECORD_FIELDS.get(record["doctype"], ()))
	if record["doctype"] == "Workspace":
		yield from _workspace_texts(record)
	if record["doctype"] == "Report":
		for table in ("columns", "filters"):
			yield from (row.get("label") or "" for row in record.get(table, ()))
	if record["doctype"] == "Print Format":
		yield from (_unescape(found.group(2)) for found in TEMPLATE_TEXT.finditer(record.get("html") or ""))


def _doctype_texts(definition: dict) -> Iterator[str]:
	yield definition["name"]
	yield definition.get("description") or ""
	for field in definition["fields"]:
		yield field.get("label") or ""
		yield field.get("description") or ""
		if field["fieldtype"] == "Select":
			yield from (field.get("options") or "").split("\n")
	yield from (permission["role"] for permission in definition.get("permissions", ()))
	yield from (row.get("group") or row.get("label") or "" for row in definition.get("links", ()))
	yield from (row.get("label") or "" for row in definition.get("actions", ()))
	yield from (row["title"] for row in definition.get("states", ()))


def _workspace_texts(workspace: dict) -> Iterator[str]:
	for table in WORKSPACE_TABLES:
		for row in workspace.get(table, ()):
			yield row.get("label") or ""
	for block in json.loads(workspace.get("content") or "[]"):
		yield unescape(TAG.sub("", block["data"].get("text") or ""))


def _called_texts(tree: ast.AST) -> Iterator[str]:
	for node in ast.walk(tree):
		if isinstance(node, ast.Call) and node.args and _name(node.func) in PYTHON_CALLS:
			yield from _strings(node.args[:1])


def _workflow_texts(tree: ast.Module) -> Iterator[str]:
	"""Yield the keys of `…STATES` and the actions (second column) of `…TRANSITIONS` of a set-up module."""
	for name, value in _constants(tree):
		if name.endswith("STATES") and isinstance(value, ast.Dict):
			yield from _strings(value.keys)
		if name.endswith("TRANSITIONS") and isinstance(value, ast.Tuple):
			yield from _strings(row.elts[1] for row in value.elts if isinstance(row, ast.Tuple))


def _table_texts(tree: ast.Module) -> Iterator[str]:
	for name, value in _constants(tree):
		if name in TEXT_TABLES and isinstance(value, ast.Dict):
			for cell in value.values:
				yield from _strings(ast.walk(cell))


def _constants(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
	for node in tree.body:
		if isinstance(node, ast.Assign | ast.AnnAssign) and node.value:
			yield _name(node.targets[0] if isinstance(node, ast.Assign) else node.target), node.value


def _strings(nodes: Iterable[ast.AST | None]) -> Iterator[str]:
	for node in nodes:
		if isinstance(node, ast.Constant) and isinstance(node.value, str):
			yield node.value


def _name(node: ast.AST) -> str:
	return node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")


def _plural(source: str) -> bool:
	return "|" in source and bool(PLACEHOLDER.search(source))


def _unescape(text: str) -> str:
	return text.replace('\\"', '"').replace("\\'", "'").replace("\\n", "\n")
