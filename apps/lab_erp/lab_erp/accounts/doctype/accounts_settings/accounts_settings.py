from frappe.model.document import Document


class AccountsSettings(Document):
	"""Rules of the books."""
