from frappe.model.document import Document


class Analyte(Document):
	pass
