from frappe.model.document import Document


class Customer(Document):
	"""Who pays: a patient, an insurer, an employer."""
