from frappe.model.document import Document


class PatientRelation(Document):
	pass
