from frappe.utils.nestedset import NestedSet


class SupplierGroup(NestedSet):
	"""Kinds of suppliers."""
