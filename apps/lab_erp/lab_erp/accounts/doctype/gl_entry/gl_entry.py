from frappe.model.document import Document


class GLEntry(Document):
	"""One line of the ledger; written by documents only, never changed, never deleted."""
