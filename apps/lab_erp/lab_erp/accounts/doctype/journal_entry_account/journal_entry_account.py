from frappe.model.document import Document


class JournalEntryAccount(Document):
	"""A row of its parent document."""
