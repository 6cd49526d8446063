import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.naming import make_autoname
from frappe.utils import get_last_day, getdate, money_in_words, today

from lab_erp.payroll import sources
from lab_erp.payroll.formulas import FormulaRefused
from lab_erp.payroll.reckoning import EARNING, reckon
from lab_erp.utils.errors import refuse, refuse_if
from lab_erp.utils.money import exact


class SalarySlip(Document):
	"""What somebody has earned in a period, what is withheld and what is paid."""

	def autoname(self):
		self.name = make_autoname(f"Sal Slip/{self.employee}/.#####")

	def validate(self):
		self._period()
		employee = frappe.get_doc("Employee", self.employee)
		self.employee_name, self.company = employee.employee_name, self.company or employee.company
		self.department, self.designation = employee.department, employee.designation
		refuse_if(employee.company != self.company, _("{0} belongs to another company").format(self.employee))
		self._only_one()
		self.currency = frappe.get_cached_value("Company", self.company, "default_currency")
		self.exchange_rate = 1
		self._reckon(employee)
		self.status = "Draft"

	def on_submit(self):
		refuse_if(self.net_pay < 0, _("More is withheld than was earned"))
		self.db_set("status", "Submitted")

	def on_cancel(self):
		self.ignore_linked_doctypes = ("Payroll Entry", "Journal Entry")
		posted = (
			self.journal_entry and frappe.db.get_value("Journal Entry", self.journal_entry, "docstatus") == 1
		)
		refuse_if(posted, _("Cancel {0} first").format(self.journal_entry))
		self.db_set("status", "Cancelled")

	def _period(self):
		self.posting_date = self.posting_date or today()
		self.start_date = getdate(self.start_date or getdate(self.posting_date).replace(day=1))
		self.end_date = getdate(self.end_date or get_last_day(self.start_date))
		refuse_if(self.end_date < self.start_date, _("The period ends before it begins"))

	def _only_one(self):
		same = {
			"employee": self.employee,
			"company": self.company,
			"docstatus": ("!=", 2),
			"name": ("!=", self.name),
			"start_date": ("<=", self.end_date),
			"end_date": (">=", self.start_date),
		}
		found = frappe.db.exists("Salary Slip", same)
		refuse_if(found, _("{0} has a slip of this period: {1}").format(self.employee_name, found))

	def _reckon(self, employee):
		given = sources.assignment(self.employee, self.end_date)
		self.salary_structure = given.salary_structure
		structure = frappe.get_doc("Salary Structure", given.salary_structure)
		self.payroll_frequency = self.payroll_frequency or structure.payroll_frequency
		start, end = self.start_date, self.end_date
		counted = sources.days(employee, start, end)
		self.hour_rate = structure.hour_rate
		self.total_working_days, self.payment_days = float(counted.working), float(counted.payment)
		self.absent_days = float(counted.absent)
		names = sources.names(employee, given, counted, start, end, structure.hour_rate)
		self.total_working_hours = float(names["total_working_hours"])
		year = sources.year_so_far(self.employee, self.company, start, given)
		share = counted.payment / counted.working if counted.working else exact(0)
		try:
			parts = sources.parts(structure, self.employee, start, end)
			pay = reckon(parts, names, share, sources.brackets(given.income_tax_slab), year)
		except FormulaRefused as wrong:
			refuse(_("The formula cannot be reckoned: {0}").format(wrong.part))
		self._write(pay, year)

	def _write(self, pay, year):
		self.set("earnings", [])
		self.set("deductions", [])
		for part, amount in pay.rows:
			self.append(
				"earnings" if part.kind == EARNING else "deductions",
				{
					"salary_component": part.component,
					"abbr": part.abbr,
					"amount": float(amount),
					"default_amount": float(amount - part.extra),
					"additional_amount": float(part.extra),
					"is_tax_applicable": int(part.taxable),
					"depends_on_payment_days": int(part.by_days),
					"do_not_include_in_total": int(part.outside),
					"variable_based_on_taxable_salary": int(part.income_tax),
				},
			)
		self.gross_pay = self.base_gross_pay = float(pay.gross)
		self.total_deduction = self.base_total_deduction = float(pay.deducted)
		self.net_pay = self.base_net_pay = float(pay.net)
		self.gross_year_to_date = float(year.gross + pay.gross)
		self.total_in_words = money_in_words(max(self.net_pay, 0), self.currency)
