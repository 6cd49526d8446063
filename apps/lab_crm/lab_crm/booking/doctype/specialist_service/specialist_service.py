from frappe.model.document import Document


class SpecialistService(Document):
	pass
