from frappe.model.document import Document


class ItemTaxTemplate(Document):
	"""Rates of taxes that an item carries in place of the invoice's own: exempt services, reduced VAT."""
