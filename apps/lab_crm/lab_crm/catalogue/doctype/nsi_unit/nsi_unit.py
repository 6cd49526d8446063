from frappe.model.document import Document


class NSIUnit(Document):
	pass
