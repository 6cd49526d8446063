from frappe.model.document import Document


class SalaryComponentAccount(Document):
	"""A row of its parent document."""
