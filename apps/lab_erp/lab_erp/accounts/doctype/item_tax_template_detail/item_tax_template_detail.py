from frappe.model.document import Document


class ItemTaxTemplateDetail(Document):
	"""A row of its parent document."""
