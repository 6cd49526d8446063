import frappe
from frappe import _
from frappe.utils.nestedset import NestedSet

from lab_erp.utils.errors import refuse_if


class Warehouse(NestedSet):
	"""Where goods are kept: a branch's store, a refrigerator, a van."""

	nsm_parent_field = "parent_warehouse"

	def autoname(self):
		abbr = frappe.get_cached_value("Company", self.company, "abbr")
		self.name = f"{self.warehouse_name} - {abbr}"

	def validate(self):
		if not self.account:
			return
		account = frappe.db.get_value("Account", self.account, ("company", "account_type"), as_dict=True)
		refuse_if(account.company != self.company, _("{0} belongs to another company").format(self.account))
		refuse_if(account.account_type != "Stock", _("{0} is not an account of stock").format(self.account))
		before = self.get_doc_before_save()
		moved = before and before.account != self.account
		refuse_if(
			moved and frappe.db.exists("Stock Ledger Entry", {"warehouse": self.name}),
			_("The account of a warehouse with movements cannot change"),
		)

	def on_trash(self):
		used = frappe.db.exists("Stock Ledger Entry", {"warehouse": self.name})
		refuse_if(used, _("A warehouse with movements cannot be deleted"))
		super().on_trash(allow_root_deletion=True)
