"""Shape of the codes of classifications; whether a code exists, the imported registries tell."""

import re

_LOINC = re.compile(r"^(\d{1,7})-(\d)$", re.ASCII)
_FSLI = re.compile(r"^\d{5,9}$", re.ASCII)


def is_loinc(code: str) -> bool:
	"""Say whether `code` is a LOINC number with a right check digit (mod 10, after the hyphen)."""
	match = _LOINC.match(code)
	if not match:
		return False
	total = 0
	for position, digit in enumerate(reversed(match[1])):
		number = int(digit) * (1 if position % 2 else 2)
		total += number - 9 if number > 9 else number
	return (10 - total % 10) % 10 == int(match[2])


def is_fsli(code: str) -> bool:
	"""Say whether `code` looks like an identifier of registry 1.2.643.5.1.13.13.11.1080."""
	return bool(_FSLI.match(code))
