import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, getdate, time_diff_in_hours

from lab_erp.utils.errors import refuse_if


class Attendance(Document):
	"""Whether somebody worked on a day, and how long."""

	def validate(self):
		employee = frappe.db.get_value(
			"Employee", self.employee, ("company", "date_of_joining"), as_dict=True
		)
		self.company = self.company or employee.company
		early = getdate(self.attendance_date) < getdate(employee.date_of_joining)
		refuse_if(early, _("The day is before {0} joined").format(self.employee))
		if self.in_time and self.out_time:
			hours = time_diff_in_hours(self.out_time, self.in_time)
			refuse_if(hours < 0, _("The day ends before it begins"))
			self.working_hours = flt(self.working_hours) or hours
		self._shift()
		self._only_one()

	def _shift(self):
		if self.shift:
			return
		filters = {"employee": self.employee, "docstatus": 1, "status": "Active"}
		filters["start_date"] = ("<=", self.attendance_date)
		rows = frappe.get_all(
			"Shift Assignment", filters, ("shift_type", "end_date"), order_by="start_date desc"
		)
		day = getdate(self.attendance_date)
		self.shift = next((row.shift_type for row in rows if not row.end_date or row.end_date >= day), None)

	def _only_one(self):
		# The employee's row is what two marks of one day would both lock.
		frappe.db.get_value("Employee", self.employee, "name", for_update=True)
		same = {
			"employee": self.employee,
			"attendance_date": self.attendance_date,
			"docstatus": ("!=", 2),
			"name": ("!=", self.name),
		}
		found = frappe.db.get_value("Attendance", same, "name", for_update=True)
		refuse_if(found, _("{0} is marked on that day already").format(self.employee))
