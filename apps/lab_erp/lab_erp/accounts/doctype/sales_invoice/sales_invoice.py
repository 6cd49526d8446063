import frappe
from frappe.utils import today

from lab_erp.accounts.invoice import Invoice


class SalesInvoice(Invoice):
	"""What a customer owes for services and goods."""

	party_type = "Customer"
	party_field = "customer"
	price_list_field = "selling_price_list"
	cost_center_default = "selling_cost_center"
	account_field = "debit_to"
	account_type = "Receivable"
	item_account = "income_account"
	company_item_account = "default_income_account"
	sign = 1

	def fill(self):
		super().fill()
		fields = ("customer_group", "territory", "tax_id", "language")
		row = frappe.db.get_value("Customer", self.customer, fields, as_dict=True)
		for name in fields:
			self.set(name, self.get(name) or row[name])
		self.against_income_account = ", ".join(
			dict.fromkeys(row.income_account for row in self.items if row.income_account)
		)
		self.posting_date = self.posting_date or today()
