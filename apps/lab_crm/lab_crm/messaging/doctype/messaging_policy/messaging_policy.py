from frappe.model.document import Document


class MessagingPolicy(Document):
	pass
