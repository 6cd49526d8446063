from frappe.model.document import Document


class PayrollSettings(Document):
	"""Rules of payroll."""
