from frappe.model.document import Document


class LabResultItem(Document):
	pass
