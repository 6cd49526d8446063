"""Phone numbers: however written, stored as E.164 (`+79001234567`), so that one phone is one text."""

import phonenumbers
from frappe import _

from lab_crm.utils.errors import Refusal

HOME_REGION = "RU"
MAX_INPUT = 40


def to_e164(written: str, region: str = HOME_REGION) -> str | None:
	"""Return the number in E.164, or None when it is no valid number.

	Args:
		written: as a person typed it: `8 (900) 123-45-67`, `9001234567`, `+7 900 123 45 67`.
		region: ISO 3166 code of the country whose national form is understood.
	"""
	if not written or len(written) > MAX_INPUT:
		return None
	try:
		number = phonenumbers.parse(written, region)
	except phonenumbers.NumberParseException:
		return None
	if number.extension or not phonenumbers.is_valid_number(number):
		return None
	return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def require(written: str | None, field: str = "mobile") -> str | None:
	"""Return the number in E.164, None for an empty one.

	Raises:
		Refusal: PHONE_INVALID.
	"""
	if not (written or "").strip():
		return None
	number = to_e164(written.strip())
	if not number:
		message = _("{0} is not a phone number. Write it as +7 900 123-45-67").format(written[:MAX_INPUT])
		raise Refusal("PHONE_INVALID", message, field=field)
	return number


def show(number: str) -> str:
	"""Return an E.164 number the way people read it: `+7 900 123-45-67`."""
	try:
		parsed = phonenumbers.parse(number)
	except phonenumbers.NumberParseException:
		return number
	return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def mask(number: str) -> str:
	"""Return an E.164 number with all but its ends hidden, for pages and logs: `+7 9** ***-**-67`."""
	shown = show(number)
	digits = sum(char.isdigit() for char in shown)
	out, seen = [], 0
	for char in shown:
		seen += char.isdigit()
		out.append("*" if char.isdigit() and 2 < seen <= digits - 2 else char)
	return "".join(out)
