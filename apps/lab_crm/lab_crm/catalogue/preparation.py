"""How several preparations become one text for the patient (F3)."""

from collections.abc import Iterable
from dataclasses import dataclass

GROUPS = ("Fasting", "Hormones", "Urine", "Stool", "Smear", "Ultrasound", "Visit", "Other")


@dataclass(frozen=True)
class Preparation:
	"""Preparation of one service; `group` is empty for a text written by hand."""

	text: str
	group: str = ""
	strictness: int = 0


def combine(preparations: Iterable[Preparation]) -> str:
	"""Return one text: of each group the strictest preparation, each text once, in the order of the groups.

	"No preparation" (strictness 0) is kept only when there is nothing else to say.
	"""
	strictest: dict[str, Preparation] = {}
	written: list[Preparation] = []
	for one in preparations:
		if not one.text.strip():
			continue
		if one.group not in GROUPS:
			written.append(one)
		elif one.group not in strictest or one.strictness > strictest[one.group].strictness:
			strictest[one.group] = one
	chosen = [strictest[group] for group in GROUPS if group in strictest] + written
	needed = [one for one in chosen if one.strictness or one in written] or chosen
	return "\n\n".join(dict.fromkeys(one.text.strip() for one in needed))
