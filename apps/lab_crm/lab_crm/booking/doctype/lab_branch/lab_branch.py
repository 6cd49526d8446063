from frappe.model.document import Document


class LabBranch(Document):
	pass
