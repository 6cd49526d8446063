from frappe.model.document import Document


class ServiceCategory(Document):
	pass
