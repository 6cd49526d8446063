from frappe.model.document import Document


class NSIImport(Document):
	pass
