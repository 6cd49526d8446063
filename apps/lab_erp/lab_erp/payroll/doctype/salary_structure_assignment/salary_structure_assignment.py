import frappe
from frappe import _
from frappe.model.document import Document

from lab_erp.utils.errors import refuse_if


class SalaryStructureAssignment(Document):
	"""Whose pay follows which structure, from a day on."""

	def validate(self):
		employee = frappe.get_doc("Employee", self.employee)
		self.company = self.company or employee.company
		structure = frappe.db.get_value(
			"Salary Structure", self.salary_structure, ("company", "docstatus", "currency"), as_dict=True
		)
		refuse_if(structure.docstatus != 1, _("{0} is not submitted").format(self.salary_structure))
		other = structure.company != self.company or employee.company != self.company
		refuse_if(other, _("{0} belongs to another company").format(self.salary_structure))
		self.currency = structure.currency
		payable = frappe.get_cached_value("Company", self.company, "default_payroll_payable_account")
		self.payroll_payable_account = self.payroll_payable_account or payable
		same = {
			"employee": self.employee,
			"from_date": self.from_date,
			"docstatus": 1,
			"name": ("!=", self.name),
		}
		found = frappe.db.exists("Salary Structure Assignment", same)
		refuse_if(found, _("{0} has a structure from the same day").format(self.employee))
