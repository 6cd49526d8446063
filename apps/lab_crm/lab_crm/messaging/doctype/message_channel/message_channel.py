from frappe.model.document import Document


class MessageChannel(Document):
	pass
