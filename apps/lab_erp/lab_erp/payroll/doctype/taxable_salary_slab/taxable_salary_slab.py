from frappe.model.document import Document


class TaxableSalarySlab(Document):
	"""A row of its parent document."""
