"""`python -m benchkit.checks`: DocTypes are sound, and everything a user sees has a Russian translation."""

import ast
import csv
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from benchkit.profile import ROOT

APPS = tuple(ROOT / "apps" / name / name for name in ("lab_crm", "lab_erp"))
FRAMEWORK_WORDS = ROOT / "apps" / "frappe" / "frappe" / "translations" / "ru.csv"
SCRIPT_TEXT = re.compile(r"""\b__\(\s*(["'`])((?:\\.|(?!\1).)+)\1""")
TEMPLATE_TEXT = re.compile(r"""\b_\(\s*(["'])((?:\\.|(?!\1).)+)\1""")
# Words that stay as they are in Russian: codes, units, formats.
UNTRANSLATED = re.compile(r"^[\W\d_]*$|^[A-Z0-9^_/.-]{2,}$|^[\w.]+@[\w.]+$|^\{\d*\}$")


def main() -> int:
	"""Print what is wrong; return 1 if anything is."""
	problems = [problem for app in APPS for problem in (*doctype_problems(app), *translation_problems(app))]
	for problem in problems:
		print(problem)
	return int(bool(problems))


def doctypes(app: Path) -> Iterator[tuple[Path, dict]]:
	"""Yield every DocType of an app with its file."""
	for path in sorted(app.glob("*/doctype/*/*.json")):
		definition = json.loads(path.read_text(encoding="utf-8"))
		if isinstance(definition, dict) and definition.get("doctype") == "DocType":
			yield path, definition


def doctype_problems(app: Path) -> Iterator[str]:
	"""Yield what is wrong with DocTypes: broken links, no permissions, fields listed but not defined."""
	own = {definition["name"] for _path, definition in doctypes(app)}
	modules = set((app / "modules.txt").read_text().split("\n"))
	for _path, definition in doctypes(app):
		name = definition["name"]
		if definition["module"] not in modules:
			yield f"{name}: module {definition['module']} is not in modules.txt"
		if not definition.get("istable") and not definition.get("permissions"):
			yield f"{name}: nobody may read it"
		for field in definition["fields"]:
			target = field.get("options")
			if field["fieldtype"] == "Table" and target not in own:
				yield f"{name}.{field['fieldname']}: there is no child DocType {target}"


def translation_problems(app: Path) -> Iterator[str]:
	"""Yield texts that users see and that have no Russian translation."""
	known = _words(app / "translations" / "ru.csv") | (
		_words(FRAMEWORK_WORDS) if FRAMEWORK_WORDS.exists() else set()
	)
	seen = set()
	for source, text in texts(app):
		if text and text not in known and text not in seen and not UNTRANSLATED.match(text):
			seen.add(text)
			yield f"{source.relative_to(ROOT)}: no translation of {text!r}"


def texts(app: Path) -> Iterator[tuple[Path, str]]:
	"""Yield every translatable text of an app with the file it stands in."""
	for path, definition in doctypes(app):
		for text in _doctype_texts(definition):
			yield path, text
	for path in sorted(app.rglob("*.py")):
		if "tests" not in path.parts:
			yield from ((path, text) for text in _python_texts(path))
	for pattern, expression in (("*.js", SCRIPT_TEXT), ("*.html", TEMPLATE_TEXT)):
		for path in sorted(app.rglob(pattern)):
			if "dist" not in path.parts:
				yield from (
					(path, _unescape(m.group(2)))
					for m in expression.finditer(path.read_text(encoding="utf-8"))
				)


def _doctype_texts(definition: dict) -> Iterator[str]:
	yield definition["name"]
	for field in definition["fields"]:
		yield field.get("label") or ""
		yield field.get("description") or ""
		if field["fieldtype"] == "Select":
			yield from (field.get("options") or "").split("\n")


def _python_texts(path: Path) -> Iterator[str]:
	for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
		if not isinstance(node, ast.Call) or not node.args:
			continue
		name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
		first = node.args[0]
		if name in ("_", "_lt") and isinstance(first, ast.Constant) and isinstance(first.value, str):
			yield first.value


def _unescape(text: str) -> str:
	return text.replace('\\"', '"').replace("\\'", "'").replace("\\n", "\n")


def _words(path: Path) -> set[str]:
	with path.open(encoding="utf-8", newline="") as file:
		return {row[0] for row in csv.reader(file) if len(row) > 1 and row[1]}


if __name__ == "__main__":
	sys.exit(main())
