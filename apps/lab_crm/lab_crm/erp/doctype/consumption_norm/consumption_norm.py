from frappe import _
from frappe.model.document import Document
from frappe.utils import flt

from lab_crm.utils.errors import Refusal


class ConsumptionNorm(Document):
	"""What one examination takes from the stock of its branch (F83)."""

	def validate(self):
		seen = set()
		for row in self.items:
			row.item_doctype = "Item"
			if flt(row.qty) <= 0:
				raise Refusal("NORM_QUANTITY", _("Row {0}: a quantity above zero is needed").format(row.idx))
			if row.item in seen:
				raise Refusal("NORM_TWICE", _("Row {0}: {1} is listed twice").format(row.idx, row.item))
			seen.add(row.item)
