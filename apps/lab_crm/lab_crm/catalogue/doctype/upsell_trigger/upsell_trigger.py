from frappe.model.document import Document


class UpsellTrigger(Document):
	pass
