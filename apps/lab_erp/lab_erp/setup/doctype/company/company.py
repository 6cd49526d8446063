import frappe
from frappe import _
from frappe.utils.nestedset import NestedSet

from lab_erp.setup import company as company_setup
from lab_erp.utils.errors import refuse_if


class Company(NestedSet):
	"""A legal entity that keeps books: its currency, default accounts and posting rules."""

	nsm_parent_field = "parent_company"

	def validate(self):
		self.abbr = (self.abbr or company_setup.abbreviation(self.company_name)).strip()
		before = self.get_doc_before_save()
		changed = before and before.default_currency != self.default_currency
		refuse_if(
			changed and frappe.db.exists("GL Entry", {"company": self.name}),
			_("The currency of a company with entries in its ledger cannot change"),
		)

	def on_update(self):
		super().on_update()
		if not frappe.db.exists("Account", {"company": self.name}):
			company_setup.set_up(self)
