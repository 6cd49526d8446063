from frappe.model.document import Document


class RecallRule(Document):
	pass
