from frappe.model.document import Document


class SpecimenTransferItem(Document):
	"""A tube on a courier list."""
