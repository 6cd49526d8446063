import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from lab_erp.utils.errors import refuse_if


class ShiftAssignment(Document):
	"""Who works which shift, from a day on."""

	def validate(self):
		self.company = self.company or frappe.db.get_value("Employee", self.employee, "company")
		first, last = getdate(self.start_date), getdate(self.end_date) if self.end_date else None
		refuse_if(last and last < first, _("The period ends before it begins"))
		filters = {"employee": self.employee, "docstatus": 1, "status": "Active", "name": ("!=", self.name)}
		for row in frappe.get_all("Shift Assignment", filters, ("name", "start_date", "end_date")):
			apart = (row.end_date and row.end_date < first) or (last and row.start_date > last)
			refuse_if(not apart, _("{0} has a shift in these days: {1}").format(self.employee, row.name))
