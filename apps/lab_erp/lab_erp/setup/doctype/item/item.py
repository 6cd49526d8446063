import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt

from lab_erp.utils.errors import refuse_if

# What cannot change once the item has moved, for its stock would lose its meaning.
FIXED = ("is_stock_item", "has_batch_no", "stock_uom", "valuation_method")


class Item(Document):
	"""A good or a service that is bought, sold or kept in stock."""

	def validate(self):
		self.item_code = (self.item_code or "").strip()
		self.item_name = self.item_name or self.item_code
		self.description = self.description or self.item_name
		refuse_if(self.has_expiry_date and not self.has_batch_no, _("Expiry dates need batches"))
		self._units()
		self._nothing_fixed_changed()

	def _units(self):
		units = [row.uom for row in self.uoms]
		refuse_if(len(units) != len(set(units)), _("A unit is listed twice"))
		refuse_if(
			any(flt(row.conversion_factor) <= 0 for row in self.uoms),
			_("A conversion factor must be above zero"),
		)
		if self.stock_uom not in units:
			self.append("uoms", {"uom": self.stock_uom, "conversion_factor": 1})

	def _nothing_fixed_changed(self):
		before = self.get_doc_before_save()
		changed = before and [name for name in FIXED if (before.get(name) or 0) != (self.get(name) or 0)]
		if changed and frappe.db.exists("Stock Ledger Entry", {"item_code": self.name}):
			label = _(self.meta.get_label(changed[0]))
			refuse_if(True, _("{0} cannot change: the item has movements").format(label))
