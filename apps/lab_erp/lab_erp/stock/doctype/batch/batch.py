import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_days, cint, getdate

from lab_erp.utils.errors import refuse_if


class Batch(Document):
	"""Goods of one lot that expire on one day."""

	def validate(self):
		fields = ("has_batch_no", "has_expiry_date", "shelf_life_in_days", "stock_uom", "item_name")
		item = frappe.db.get_value("Item", self.item, fields, as_dict=True)
		refuse_if(not item.has_batch_no, _("{0} has no batches").format(self.item))
		self.stock_uom, self.item_name = item.stock_uom, item.item_name
		if not self.expiry_date and self.manufacturing_date and cint(item.shelf_life_in_days):
			self.expiry_date = add_days(self.manufacturing_date, item.shelf_life_in_days)
		refuse_if(item.has_expiry_date and not self.expiry_date, _("The batch needs an expiry date"))
		dates = self.expiry_date and self.manufacturing_date
		early = dates and getdate(self.expiry_date) <= getdate(self.manufacturing_date)
		refuse_if(early, _("The batch expires before it is made"))
