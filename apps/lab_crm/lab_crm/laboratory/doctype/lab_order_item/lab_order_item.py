from frappe.model.document import Document


class LabOrderItem(Document):
	pass
