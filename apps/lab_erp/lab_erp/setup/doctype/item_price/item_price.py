from frappe.model.document import Document


class ItemPrice(Document):
	"""The price of an item in a price list, for a customer or for everyone, in a span of dates."""
