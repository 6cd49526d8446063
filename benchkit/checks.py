"""`python -m benchkit.checks`: DocTypes are sound, and everything a user sees has a Russian translation."""

import sys
from collections.abc import Iterator
from pathlib import Path

from benchkit import translations


def main() -> int:
	"""Print what is wrong; return 1 if anything is."""
	problems = [
		*(found for app in translations.APPS for found in doctype_problems(app)),
		*translations.problems(),
	]
	for problem in problems:
		print(problem)
	return int(bool(problems))


def doctype_problems(app: Path) -> Iterator[str]:
	"""Yield what is wrong with an app's DocTypes: broken links, no permissions, missing child tables."""
	definitions = [record for _path, record in translations.records(app) if record["doctype"] == "DocType"]
	own = {definition["name"] for definition in definitions}
	modules = set((app / "modules.txt").read_text().split("\n"))
	for definition in definitions:
		name = definition["name"]
		if definition["module"] not in modules:
			yield f"{name}: module {definition['module']} is not in modules.txt"
		if not definition.get("istable") and not definition.get("permissions"):
			yield f"{name}: nobody may read it"
		for field in definition["fields"]:
			target = field.get("options")
			if field["fieldtype"] == "Table" and target not in own:
				yield f"{name}.{field['fieldname']}: there is no child DocType {target}"


if __name__ == "__main__":
	sys.exit(main())
