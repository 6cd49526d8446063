"""Texts of messages: variables in double braces are replaced from a list that the event knows, and nothing
else happens.

`{{ name }}` gives the value; `{{ minutes|минута|минуты|минут }}` gives the number with the right form of the
word. A line all of whose variables are empty is left out, so that one template serves a booking with and
without preparation. There are no expressions and no loops: a text that an administrator stores can never run.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from lab_crm.messaging.russian import counted

_VARIABLE = re.compile(r"\{\{\s*([a-z][a-z0-9_]*)\s*((?:\|[^{}|]+){3})?\s*\}\}")
_BRACES = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}")


def variables(template: str) -> set[str]:
	"""Return the names of the variables that a template uses."""
	return {match[1] for match in _VARIABLE.finditer(template or "")}


def unknown_variables(template: str, known: Iterable[str]) -> list[str]:
	"""Return the variables that the event does not have, sorted."""
	return sorted(variables(template) - set(known))


def has_stray_braces(template: str) -> bool:
	"""Tell whether something looks like a variable or a Jinja tag but is none of ours."""
	return bool(_BRACES.search(_VARIABLE.sub("", template or "")))


def render(template: str, values: Mapping[str, Any]) -> str:
	"""Return the text with the values put in; a missing or empty value leaves nothing behind."""
	lines = [_line(line, values) for line in (template or "").replace("\r\n", "\n").split("\n")]
	text = "\n".join(line for line in lines if line is not None)
	return re.sub(r"\n{3,}", "\n\n", text).strip()


def _line(line: str, values: Mapping[str, Any]) -> str | None:
	used = variables(line)
	if used and all(values.get(name) in (None, "") for name in used):
		return None
	return _VARIABLE.sub(lambda match: _value(match, values), line).rstrip()


def _value(match: re.Match, values: Mapping[str, Any]) -> str:
	value, forms = values.get(match[1]), match[2]
	if value in (None, ""):
		return ""
	if forms and str(value).lstrip("-").isdigit():
		return counted(int(value), *(form.strip() for form in forms[1:].split("|")))
	return str(value)
