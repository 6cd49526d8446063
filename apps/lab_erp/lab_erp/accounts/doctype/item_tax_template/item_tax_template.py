import frappe
from frappe.model.document import Document


class ItemTaxTemplate(Document):
	"""Rates of taxes that an item carries in place of the invoice's own: exempt services, reduced VAT."""

	def autoname(self):
		abbr = frappe.get_cached_value("Company", self.company, "abbr")
		self.name = f"{self.title} - {abbr}"
