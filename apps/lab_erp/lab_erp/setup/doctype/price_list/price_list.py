from frappe.model.document import Document


class PriceList(Document):
	"""A set of prices for selling or buying."""
