from frappe.model.document import Document


class SalaryDetail(Document):
	"""A row of its parent document."""
