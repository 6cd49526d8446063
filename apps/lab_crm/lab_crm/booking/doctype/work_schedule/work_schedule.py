from frappe.model.document import Document


class WorkSchedule(Document):
	pass
