import frappe
from frappe import _
from frappe.model.document import Document

from lab_erp.utils.errors import refuse_if

COPIED = (
	"depends_on_payment_days",
	"is_tax_applicable",
	"variable_based_on_taxable_salary",
	"do_not_include_in_total",
)
FORMULA = ("condition", "amount_based_on_formula", "formula", "amount")


class SalaryStructure(Document):
	"""What the pay of a group of people is made of."""

	def validate(self):
		self.currency = frappe.get_cached_value("Company", self.company, "default_currency")
		refuse_if(not self.earnings, _("A structure needs an earning"))
		for kind, rows in (("Earning", self.earnings), ("Deduction", self.deductions)):
			for row in rows:
				component = frappe.get_cached_doc("Salary Component", row.salary_component)
				wrong = component.type != kind
				refuse_if(wrong, _("{0} does not belong there").format(row.salary_component))
				self._from_component(row, component)
		names = [row.salary_component for row in (*self.earnings, *self.deductions)]
		refuse_if(len(names) != len(set(names)), _("A component is listed twice"))

	def _from_component(self, row, component):
		row.abbr = component.salary_component_abbr
		row.statistical_component = component.statistical_component
		for name in COPIED:
			row.set(name, component.get(name))
		if not any(row.get(name) for name in FORMULA):
			for name in FORMULA:
				row.set(name, component.get(name))
