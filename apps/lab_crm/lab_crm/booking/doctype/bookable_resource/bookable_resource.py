from frappe.model.document import Document


class BookableResource(Document):
	pass
