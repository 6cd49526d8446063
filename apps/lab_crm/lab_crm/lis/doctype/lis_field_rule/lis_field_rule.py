from frappe.model.document import Document


class LISFieldRule(Document):
	"""What one field of the messages to a LIS holds instead of what we would write there."""
