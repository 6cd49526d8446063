import frappe
from frappe import _
from frappe.model.document import Document

from lab_erp.utils.errors import refuse_if


class SalaryComponent(Document):
	"""A part of pay: an earning or a deduction, and how it is reckoned."""

	def validate(self):
		self.salary_component_abbr = (self.salary_component_abbr or "").strip()
		refuse_if(
			not self.salary_component_abbr.isidentifier(),
			_("An abbreviation has letters, digits and underscores: formulas name the component by it"),
		)
		same = {"salary_component_abbr": self.salary_component_abbr, "name": ("!=", self.name)}
		refuse_if(frappe.db.exists("Salary Component", same), _("Another component has this abbreviation"))
