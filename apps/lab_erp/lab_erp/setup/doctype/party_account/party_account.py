from frappe.model.document import Document


class PartyAccount(Document):
	"""A row of its parent document."""
