from frappe.model.document import Document


class NSIMaterial(Document):
	pass
