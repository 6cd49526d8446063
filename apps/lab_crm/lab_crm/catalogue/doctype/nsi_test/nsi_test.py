from frappe.model.document import Document


class NSITest(Document):
	pass
