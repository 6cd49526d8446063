import frappe
from frappe import _
from frappe.utils import cint

from lab_erp.accounts.invoice import Invoice
from lab_erp.utils.errors import refuse_if


class PurchaseInvoice(Invoice):
	"""What the company owes a supplier."""

	party_type = "Supplier"
	party_field = "supplier"
	price_list_field = "buying_price_list"
	cost_center_default = "buying_cost_center"
	account_field = "credit_to"
	account_type = "Payable"
	item_account = "expense_account"
	company_item_account = "default_expense_account"
	sign = -1

	def validate(self):
		super().validate()
		self.against_expense_account = ", ".join(
			dict.fromkeys(row.expense_account for row in self.items if row.expense_account)
		)
		self._once()

	def default_item_account(self, row):
		stocked = row.item_code and cint(frappe.get_cached_value("Item", row.item_code, "is_stock_item"))
		if stocked and cint(frappe.get_cached_value("Company", self.company, "enable_perpetual_inventory")):
			return frappe.get_cached_value("Company", self.company, "stock_received_but_not_billed")
		return super().default_item_account(row)

	def _once(self):
		settings = frappe.get_cached_doc("Accounts Settings")
		if not (self.bill_no and cint(settings.check_supplier_invoice_uniqueness)) or self.is_return:
			return
		same = {"supplier": self.supplier, "bill_no": self.bill_no, "docstatus": 1, "name": ("!=", self.name)}
		found = frappe.db.exists("Purchase Invoice", same)
		refuse_if(found, _("The supplier's invoice {0} is entered already: {1}").format(self.bill_no, found))
