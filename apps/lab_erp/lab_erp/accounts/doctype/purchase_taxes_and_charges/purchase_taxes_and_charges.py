from frappe.model.document import Document


class PurchaseTaxesandCharges(Document):
	"""A row of its parent document."""
