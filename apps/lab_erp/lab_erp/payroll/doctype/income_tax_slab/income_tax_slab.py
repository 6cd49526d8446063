import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt

from lab_erp.utils.errors import refuse_if


class IncomeTaxSlab(Document):
	"""Brackets of the income tax, reckoned on the year's earnings to date."""

	def validate(self):
		if self.company:
			self.currency = frappe.get_cached_value("Company", self.company, "default_currency")
		reached = 0
		for row in self.slabs:
			refuse_if(flt(row.from_amount) != reached, _("A bracket begins where the one before it ends"))
			reached = flt(row.to_amount)
			last = row is self.slabs[-1]
			refuse_if(not last and reached <= flt(row.from_amount), _("A bracket ends before it begins"))
