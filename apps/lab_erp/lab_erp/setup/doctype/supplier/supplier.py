from frappe.model.document import Document


class Supplier(Document):
	"""Whom the company buys from."""
