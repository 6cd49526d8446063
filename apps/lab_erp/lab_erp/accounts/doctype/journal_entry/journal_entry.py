from frappe.model.document import Document


class JournalEntry(Document):
	"""A posting made by hand."""
