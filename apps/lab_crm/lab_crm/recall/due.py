"""When a patient is due for the next control, by a rule. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

DAY = timedelta(days=1)
# Months differ in length: a day of a shorter month stands for up to four days of a longer one.
SLACK = timedelta(days=4)
# So many days of visits are read at once: what a scan holds in memory does not grow with the years.
SLICE = timedelta(days=7)


@dataclass(frozen=True)
class Interval:
	"""When a rule calls.

	Args:
		months: from the last visit to the control, 1 or more.
		lead_days: the invitation leaves so many days before the control is due.
		max_late_days: a control that was due longer ago is not recalled.
	"""

	months: int
	lead_days: int = 0
	max_late_days: int = 60

	def due_on(self, last: date) -> date:
		"""Return the day of the control: the same day of a later month, or that month's last."""
		return last + relativedelta(months=self.months)

	def calls(self, last: date, today: date) -> bool:
		"""Say whether a patient last seen on `last` is to be invited today."""
		due = self.due_on(last)
		return due - timedelta(days=self.lead_days) <= today <= self.latest(due)

	def latest(self, due: date) -> date:
		"""Return the last day on which a control due on `due` is still worth an invitation."""
		return due + timedelta(days=self.max_late_days)

	def window(self, today: date) -> tuple[date, date] | None:
		"""Return the first and last day of the visits that call today, exactly; None if no day does."""
		back = relativedelta(months=self.months)
		first = today - timedelta(days=self.max_late_days) - back - SLACK
		last = today + timedelta(days=self.lead_days) - back + SLACK
		while first <= last and not self.calls(first, today):
			first += DAY
		while first <= last and not self.calls(last, today):
			last -= DAY
		return (first, last) if first <= last else None


def slices(first: date, last: date) -> Iterator[tuple[date, date]]:
	"""Yield a span of days piece by piece: (first, the day after the last) of each."""
	end = last + DAY
	while first < end:
		following = min(first + SLICE, end)
		yield first, following
		first = following
