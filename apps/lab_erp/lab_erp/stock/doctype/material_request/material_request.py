from frappe.model.document import Document


class MaterialRequest(Document):
	"""What is short and has to be bought or brought."""
