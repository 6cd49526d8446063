from frappe.model.document import Document


class ScheduleException(Document):
	pass
