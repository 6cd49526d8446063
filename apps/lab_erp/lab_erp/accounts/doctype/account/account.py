from frappe.utils.nestedset import NestedSet


class Account(NestedSet):
	"""A node of the chart of accounts; money stands on leaves only."""
