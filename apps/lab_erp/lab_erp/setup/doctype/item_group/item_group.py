from frappe.utils.nestedset import NestedSet


class ItemGroup(NestedSet):
	"""Kinds of goods and services."""
