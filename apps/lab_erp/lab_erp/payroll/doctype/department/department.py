import frappe
from frappe.utils.nestedset import NestedSet


class Department(NestedSet):
	"""A part of the company that people work in."""

	nsm_parent_field = "parent_department"

	def autoname(self):
		abbr = frappe.get_cached_value("Company", self.company, "abbr")
		self.name = f"{self.department_name} - {abbr}"
