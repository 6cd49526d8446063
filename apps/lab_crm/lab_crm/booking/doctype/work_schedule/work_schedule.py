import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_time, getdate

from lab_crm.booking import network
from lab_crm.utils.errors import Refusal

WEEK_MINUTES = 7 * 24 * 60


class WorkSchedule(Document):
	"""Weekly hours of a specialist or resource in a branch, local time; breaks are the gaps between
	periods.
	"""

	def validate(self):
		self.check_days()
		self.check_branch()
		self.check_periods()
		self.subject_title = self.get_title_of_subject()

	def on_update(self):
		network.forget()

	def on_trash(self):
		network.forget()

	def check_days(self):
		if self.valid_to and getdate(self.valid_to) < getdate(self.valid_from):
			message = _("The last day is before the first")
			raise Refusal("DAYS_INVALID", message, field="valid_to")

	def check_branch(self):
		if self.subject_type != "Bookable Resource":
			return
		home = frappe.db.get_value("Bookable Resource", self.subject, "branch")
		if home != self.branch:
			message = _("{0} stands in another branch").format(self.subject)
			raise Refusal("BRANCH_INVALID", message, field="branch")

	def check_periods(self):
		"""No minute of the week may be given twice: a slip of the hand, and it hides a break."""
		taken: list[tuple[int, int]] = []
		for row in self.periods:
			start = network.WEEKDAYS.index(row.weekday) * 24 * 60 + minute(row.start_time)
			length = (minute(row.end_time) - minute(row.start_time)) % (24 * 60) or 24 * 60
			for shift in (0, WEEK_MINUTES):
				if any(start + shift < end and begin < start + shift + length for begin, end in taken):
					message = _("Row {0} overlaps another period").format(row.idx)
					raise Refusal("PERIODS_OVERLAP", message, field="periods")
			taken.append((start, start + length))

	def get_title_of_subject(self) -> str:
		field = "specialist_name" if self.subject_type == "Specialist" else "resource_name"
		title = frappe.db.get_value(self.subject_type, self.subject, field) or self.subject
		return f"{title}, {self.branch}"


def minute(value) -> int:
	"""Return the minute of the day of a Time field's value."""
	time = get_time(value)
	return time.hour * 60 + time.minute
