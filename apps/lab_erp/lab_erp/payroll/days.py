"""Days to work and days to pay. No site needed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

WORKED = ("Present", "Work From Home")
# Leave is paid here as worked days are; unpaid leave is marked as absence.
PAID = (*WORKED, "On Leave")


@dataclass(frozen=True)
class Days:
	"""Days of a period.

	Args:
		working: days on which somebody had to work.
		payment: days that are paid.
		absent: days that are not.
	"""

	working: Decimal
	payment: Decimal
	absent: Decimal


def count(
	start: date,
	end: date,
	holidays: Collection[date],
	marks: Mapping[date, str],
	employed: tuple[date, date | None],
	unmarked_present: bool = True,
	half: Decimal = Decimal("0.5"),
	with_holidays: bool = False,
) -> Days:
	"""Count the days of a period.

	Args:
		start: first day.
		end: last day.
		holidays: days on which nobody has to work.
		marks: day → status of attendance.
		employed: first and last day of the employment.
		unmarked_present: a working day without a mark is paid.
		half: part of a day that half a day is paid as.
		with_holidays: holidays count as working days.
	"""
	working, absent = Decimal(0), Decimal(0)
	day = start
	while day <= end:
		if with_holidays or day not in holidays or marks.get(day) in WORKED:
			working += 1
			absent += _missing(day, holidays, marks, employed, unmarked_present, half)
		day += timedelta(days=1)
	return Days(working, working - absent, absent)


def _missing(day, holidays, marks, employed, unmarked_present: bool, half: Decimal) -> Decimal:
	"""Return the part of a day that is not paid."""
	if day < employed[0] or (employed[1] and day > employed[1]):
		return Decimal(1)
	mark = marks.get(day)
	if mark is None:
		return Decimal(int(not unmarked_present and day not in holidays))
	if mark == "Half Day":
		return 1 - half
	return Decimal(int(mark not in PAID))
