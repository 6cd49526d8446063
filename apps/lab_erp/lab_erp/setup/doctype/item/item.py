from frappe.model.document import Document


class Item(Document):
	"""A good or a service that is bought, sold or kept in stock."""
