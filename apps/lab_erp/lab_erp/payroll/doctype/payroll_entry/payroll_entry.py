import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_last_day, getdate

from lab_erp.payroll import accrual
from lab_erp.utils.errors import refuse_if


class PayrollEntry(Document):
	"""Pay for a period for everyone at once: slips, then their posting."""

	def validate(self):
		self.start_date = getdate(self.start_date)
		self.end_date = getdate(self.end_date or get_last_day(self.start_date))
		refuse_if(self.end_date < self.start_date, _("The period ends before it begins"))
		company = frappe.get_cached_doc("Company", self.company)
		self.currency, self.exchange_rate = company.default_currency, 1
		self.cost_center = self.cost_center or company.cost_center
		self.payroll_payable_account = self.payroll_payable_account or company.default_payroll_payable_account
		self.number_of_employees = len(self.employees)
		self.status = "Draft"

	def before_submit(self):
		if not self.employees:
			self.fill_employee_details()
		refuse_if(not self.employees, _("Nobody is to be paid for this period"))

	def on_submit(self):
		accrual.make_slips(self)
		self.db_set({"salary_slips_created": 1, "status": "Submitted"})

	def on_cancel(self):
		self.ignore_linked_doctypes = ("GL Entry", "Salary Slip", "Journal Entry")
		accrual.undo(self)
		self.db_set({"status": "Cancelled", "salary_slips_submitted": 0})

	@frappe.whitelist(methods=["POST"])
	def fill_employee_details(self):
		"""List the employees that have a salary structure and no slip of the period."""
		self.check_permission("write")
		self.set("employees", [])
		for row in accrual.to_be_paid(self):
			self.append("employees", row)
		self.number_of_employees = len(self.employees)

	@frappe.whitelist(methods=["POST"])
	def submit_salary_slips(self):
		"""Submit the slips and post them as one journal entry; a second call does nothing."""
		self.reload()  # what the browser sent is not what is stored
		self.check_permission("submit")
		refuse_if(not self.docstatus.is_submitted(), _("{0} is not submitted").format(self.name))
		frappe.db.get_value("Payroll Entry", self.name, "name", for_update=True)
		if frappe.db.get_value("Payroll Entry", self.name, "salary_slips_submitted"):
			return
		accrual.post(self)
		self.db_set("salary_slips_submitted", 1)

	def slips(self, docstatus=("!=", 2)):
		"""Return the names of the entry's slips."""
		return frappe.get_all(
			"Salary Slip", {"payroll_entry": self.name, "docstatus": docstatus}, pluck="name"
		)
