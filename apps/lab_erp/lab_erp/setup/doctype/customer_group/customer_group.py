from frappe.utils.nestedset import NestedSet


class CustomerGroup(NestedSet):
	"""Kinds of customers."""
