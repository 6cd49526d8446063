from frappe.model.document import Document


class ServicePrice(Document):
	pass
