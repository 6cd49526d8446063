import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_days, getdate

from lab_erp.utils.errors import refuse_if

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class HolidayList(Document):
	"""Days on which nobody has to work."""

	def validate(self):
		first, last = getdate(self.from_date), getdate(self.to_date)
		refuse_if(last < first, _("The list ends before it begins"))
		dates = [getdate(row.holiday_date) for row in self.holidays]
		refuse_if(len(dates) != len(set(dates)), _("A day is listed twice"))
		refuse_if(any(not first <= day <= last for day in dates), _("A holiday is outside the list's dates"))
		self.total_holidays = len(dates)

	@frappe.whitelist(methods=["POST"])
	def get_weekly_off_dates(self):
		"""Add every such day of the week to the list."""
		self.check_permission("write")
		refuse_if(self.weekly_off not in DAYS, _("Choose the day of the week"))
		known = {getdate(row.holiday_date) for row in self.holidays}
		day, last = getdate(self.from_date), getdate(self.to_date)
		while day <= last:
			if day.weekday() == DAYS.index(self.weekly_off) and day not in known:
				self.append(
					"holidays", {"holiday_date": day, "description": _(self.weekly_off), "weekly_off": 1}
				)
			day = getdate(add_days(day, 1))
