from frappe.model.document import Document


class LaboratorySettings(Document):
	pass
