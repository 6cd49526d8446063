from frappe.model.document import Document


class WorkPeriod(Document):
	pass
