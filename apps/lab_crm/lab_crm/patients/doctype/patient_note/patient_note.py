from frappe.model.document import Document


class PatientNote(Document):
	pass
