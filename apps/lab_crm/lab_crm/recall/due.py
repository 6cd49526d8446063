"""When a patient is due for the next control, by a rule. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

# Months differ in length: the window in which visits are looked for is this much wider than the rule needs.
SLACK = timedelta(days=4)


@dataclass(frozen=True)
class Interval:
	"""When a rule calls.

	Args:
		months: from the last visit to the control.
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
		return due - timedelta(days=self.lead_days) <= today <= due + timedelta(days=self.max_late_days)

	def window(self, today: date) -> tuple[date, date]:
		"""Return the first and last day of visits that may call for an invitation today, a little too wide."""
		months = relativedelta(months=self.months)
		first = today - timedelta(days=self.max_late_days) - months - SLACK
		return first, today + timedelta(days=self.lead_days) - months + SLACK
