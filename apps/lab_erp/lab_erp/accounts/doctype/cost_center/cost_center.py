from frappe.utils.nestedset import NestedSet


class CostCenter(NestedSet):
	"""A part of the business whose income and costs are told apart: a branch, a department."""
