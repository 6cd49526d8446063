"""Insurance policies on a patient's card."""

import re
from collections.abc import Iterable

from frappe import _
from frappe.utils import getdate

from lab_crm.utils.errors import Refusal

# A temporary certificate, given while the policy is being made, has nine digits and no check digit.
TEMPORARY = re.compile(r"[0-9]{9}")


def oms_number_is_right(digits: str) -> bool:
	"""Tell whether sixteen digits are a number of the unified OMS policy: the last digit is a Luhn check
	digit.

	Source: the Federal Compulsory Medical Insurance Fund's rules of the unified policy number (ENP).
	"""
	if not re.fullmatch(r"[0-9]{16}", digits):
		return False
	total = 0
	for place, char in enumerate(reversed(digits)):
		value = int(char) * (1 + place % 2)
		total += value - 9 if value > 9 else value
	return total % 10 == 0


def check(rows: Iterable) -> None:
	"""Tidy and check the rows of Insurance Policy.

	Raises:
		Refusal: POLICY_NUMBER_INVALID, POLICY_DATES_INVALID.
	"""
	for row in rows:
		row.number = re.sub(r"\s+", " ", row.number or "").strip()
		if row.kind == "OMS":
			row.number = row.number.replace(" ", "")
			if not (oms_number_is_right(row.number) or TEMPORARY.fullmatch(row.number)):
				message = _("Row {0}: the OMS policy number is wrong, check its 16 digits").format(row.idx)
				raise Refusal("POLICY_NUMBER_INVALID", message, field="policies")
		if row.valid_from and row.valid_to and getdate(row.valid_to) < getdate(row.valid_from):
			message = _("Row {0}: the policy ends before it starts").format(row.idx)
			raise Refusal("POLICY_DATES_INVALID", message, field="policies")
