from frappe.model.document import Document


class ExternalLaboratoryService(Document):
	"""An examination that goes out, from one branch or all, and what it costs there."""
