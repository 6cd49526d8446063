from frappe.model.document import Document


class ServicePreparation(Document):
	pass
