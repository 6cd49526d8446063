from frappe.model.document import Document


class Designation(Document):
	"""What somebody works as."""
