import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, flt, getdate

from lab_erp.utils.errors import refuse_if


class AdditionalSalary(Document):
	"""An amount beside the structure: a bonus, a commission, a fine."""

	def validate(self):
		self.company = self.company or frappe.db.get_value("Employee", self.employee, "company")
		self.currency = frappe.get_cached_value("Company", self.company, "default_currency")
		self.type = frappe.db.get_value("Salary Component", self.salary_component, "type")
		refuse_if(flt(self.amount) < 0, _("An amount cannot be below zero"))
		if cint(self.is_recurring):
			refuse_if(not self.from_date, _("When does it begin?"))
			early = self.to_date and getdate(self.to_date) < getdate(self.from_date)
			refuse_if(early, _("The period ends before it begins"))
		else:
			refuse_if(not self.payroll_date, _("The payroll date is needed"))
