from frappe.model.document import Document


class InsurancePolicy(Document):
	pass
