from frappe.model.document import Document


class PatientAccessLog(Document):
	pass
