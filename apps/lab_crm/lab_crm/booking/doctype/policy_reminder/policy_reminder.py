from frappe.model.document import Document


class PolicyReminder(Document):
	pass
