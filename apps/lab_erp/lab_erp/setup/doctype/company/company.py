from frappe.utils.nestedset import NestedSet


class Company(NestedSet):
	"""A legal entity that keeps books: its currency, default accounts and posting rules."""
