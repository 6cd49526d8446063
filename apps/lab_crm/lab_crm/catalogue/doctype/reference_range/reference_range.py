from frappe.model.document import Document


class ReferenceRange(Document):
	pass
