from frappe.model.document import Document


class ServiceAnalyte(Document):
	pass
