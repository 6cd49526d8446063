from frappe.model.document import Document


class FiscalYear(Document):
	"""A year of the books."""
