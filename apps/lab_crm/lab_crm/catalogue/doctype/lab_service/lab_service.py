from frappe.model.document import Document


class LabService(Document):
	pass
