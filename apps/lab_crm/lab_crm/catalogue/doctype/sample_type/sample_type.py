from frappe.model.document import Document


class SampleType(Document):
	pass
