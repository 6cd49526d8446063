import frappe
from frappe import _
from frappe.model.document import Document

from lab_erp.utils.errors import refuse_if


class Customer(Document):
	"""Who pays: a patient, an insurer, an employer."""

	def validate(self):
		self.customer_name = (self.customer_name or "").strip()
		refuse_if(not self.customer_name, _("A customer needs a name"))
		self.customer_group = self.customer_group or _first_leaf("Customer Group")
		self.territory = self.territory or _first_leaf("Territory")


def _first_leaf(doctype: str) -> str | None:
	return frappe.db.get_value(doctype, {"is_group": 0}, "name", order_by="lft")
