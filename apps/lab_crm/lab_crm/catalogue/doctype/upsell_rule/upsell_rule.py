from frappe.model.document import Document


class UpsellRule(Document):
	pass
