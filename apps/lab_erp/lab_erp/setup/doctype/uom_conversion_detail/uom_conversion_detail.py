from frappe.model.document import Document


class UOMConversionDetail(Document):
	"""A row of its parent document."""
