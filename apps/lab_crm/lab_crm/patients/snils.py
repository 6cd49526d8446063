"""SNILS: the number of an individual insurance account, eleven digits of which the last two are a check
number.

Source: Order of the Ministry of Labour 1002n of 23.12.2016 (form of the number); the check algorithm is the
Pension Fund's.
"""

import re

from frappe import _

from lab_crm.utils.errors import Refusal

# Numbers up to this one were given out before the check number was introduced.
UNCHECKED_UP_TO = 1_001_998


def parse(written: str) -> str | None:
	"""Return the eleven digits, or None when the text is no SNILS or its check number is wrong."""
	if not re.fullmatch(r"[\d\s\-–]+", written or ""):
		return None
	digits = re.sub(r"\D", "", written)
	if len(digits) != 11 or not digits.isascii():
		return None
	number, check = digits[:9], int(digits[9:])
	if int(number) > UNCHECKED_UP_TO and check != check_number(number):
		return None
	return digits


def check_number(number: str) -> int:
	"""Return the check number of nine digits: their weighted sum modulo 101, where 100 counts as 0."""
	weighted = sum(int(digit) * weight for digit, weight in zip(number, range(9, 0, -1), strict=True))
	return weighted % 101 % 100


def show(digits: str) -> str:
	"""Return eleven digits as printed on the card: `112-233-445 95`."""
	return f"{digits[:3]}-{digits[3:6]}-{digits[6:9]} {digits[9:]}"


def require(written: str | None, field: str = "snils") -> str | None:
	"""Return the number as printed on the card, None for an empty one.

	Raises:
		Refusal: SNILS_INVALID.
	"""
	if not (written or "").strip():
		return None
	digits = parse(written.strip())
	if not digits:
		raise Refusal("SNILS_INVALID", _("The SNILS is wrong: check the digits"), field=field)
	return show(digits)
