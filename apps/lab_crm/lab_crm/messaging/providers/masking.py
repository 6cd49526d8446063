"""What the integration log may hold: no secrets, no texts of messages, phones by their last digits."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

MASK = "***"
LIMIT = 1000
_PHONE = re.compile(r"(?<![\d.])\+?(\d{7,11})(\d{4})(?![\d.])")
# Shorter secrets would hide half of the log; no provider gives such.
SHORTEST_SECRET = 4


def masked(text: str, secrets: Iterable[str]) -> str:
	"""Return a text without the secrets, with phones cut, and not longer than `LIMIT`."""
	for secret in secrets:
		if len(secret) >= SHORTEST_SECRET:
			text = text.replace(secret, MASK)
	return _PHONE.sub(rf"{MASK}\2", text)[:LIMIT]


def described(fields: Mapping[str, Any], texts: Iterable[str], secrets: Iterable[str]) -> dict[str, Any]:
	"""Return the fields of a request as they may be logged.

	Args:
		fields: what is sent.
		texts: names of the fields that hold what the patient reads: only their length is told.
		secrets: values that must not be seen.
	"""
	hidden = set(texts)
	return {
		name: f"({len(str(value))})" if name in hidden else masked(str(value), secrets)
		for name, value in fields.items()
	}
