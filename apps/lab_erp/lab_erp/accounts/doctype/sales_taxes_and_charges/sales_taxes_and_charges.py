from frappe.model.document import Document


class SalesTaxesandCharges(Document):
	"""A row of its parent document."""
