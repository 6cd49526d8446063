"""Reads the corpus of `fixtures/hl7/`."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[5] / "fixtures" / "hl7"


@dataclass(frozen=True)
class Case:
	"""One message with the outcome written beside it."""

	name: str
	raw: bytes
	expected: dict[str, Any]

	@property
	def setting(self) -> str:
		return self.expected.get("setting", "UTF-8")


def cases(*keys: str) -> list[Case]:
	"""Return the cases whose expectation has all of `keys`."""
	found = []
	for path in sorted(FOLDER.glob("*.hl7")):
		expected = json.loads(path.with_suffix("").with_suffix(".expected.json").read_text())
		if all(key in expected for key in keys):
			found.append(Case(path.stem, path.read_bytes(), expected))
	return found


def case(name: str) -> Case:
	"""Return one case."""
	return next(each for each in cases() if each.name == name)
