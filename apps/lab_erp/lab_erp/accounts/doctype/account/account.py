import frappe
from frappe import _
from frappe.utils.nestedset import NestedSet

from lab_erp.utils.errors import refuse_if

BALANCE_SHEET = ("Asset", "Liability", "Equity")


class Account(NestedSet):
	"""A node of the chart of accounts; money stands on leaves only."""

	nsm_parent_field = "parent_account"

	def autoname(self):
		abbr = frappe.get_cached_value("Company", self.company, "abbr")
		parts = (self.account_number, self.account_name, abbr)
		self.name = " - ".join(part.strip() for part in parts if part)

	def validate(self):
		if self.parent_account:
			self._like_parent()
		refuse_if(not self.root_type, _("A root account needs a root type"))
		self.report_type = "Balance Sheet" if self.root_type in BALANCE_SHEET else "Profit and Loss"
		currency = frappe.get_cached_value("Company", self.company, "default_currency")
		self.account_currency = self.account_currency or currency
		refuse_if(self.account_currency != currency, _("Accounts are kept in the company's currency"))
		refuse_if(
			self.is_group and not self.is_new() and self._has_entries(),
			_("An account with entries cannot be a group"),
		)

	def _like_parent(self):
		parent = frappe.db.get_value(
			"Account", self.parent_account, ("company", "is_group", "root_type"), as_dict=True
		)
		refuse_if(not parent.is_group, _("{0} is not a group").format(self.parent_account))
		refuse_if(
			parent.company != self.company, _("{0} belongs to another company").format(self.parent_account)
		)
		self.root_type = parent.root_type

	def on_trash(self):
		refuse_if(self._has_entries(), _("An account with entries cannot be deleted"))
		super().on_trash(allow_root_deletion=True)

	def _has_entries(self):
		return frappe.db.exists("GL Entry", {"account": self.name})
