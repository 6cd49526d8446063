import frappe
from frappe import _
from frappe.utils.nestedset import NestedSet

from lab_erp.utils.errors import refuse_if


class CostCenter(NestedSet):
	"""A part of the business whose income and costs are told apart: a branch, a department."""

	nsm_parent_field = "parent_cost_center"

	def autoname(self):
		abbr = frappe.get_cached_value("Company", self.company, "abbr")
		parts = (self.cost_center_number, self.cost_center_name, abbr)
		self.name = " - ".join(part.strip() for part in parts if part)

	def validate(self):
		if not self.parent_cost_center:
			return
		parent = frappe.db.get_value(
			"Cost Center", self.parent_cost_center, ("company", "is_group"), as_dict=True
		)
		refuse_if(not parent.is_group, _("{0} is not a group").format(self.parent_cost_center))
		refuse_if(
			parent.company != self.company,
			_("{0} belongs to another company").format(self.parent_cost_center),
		)

	def on_trash(self):
		used = frappe.db.exists("GL Entry", {"cost_center": self.name})
		refuse_if(used, _("A cost centre with entries cannot be deleted"))
		super().on_trash(allow_root_deletion=True)
