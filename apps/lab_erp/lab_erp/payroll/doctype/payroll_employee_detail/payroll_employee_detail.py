from frappe.model.document import Document


class PayrollEmployeeDetail(Document):
	"""A row of its parent document."""
