import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, getdate

from lab_erp.utils.errors import refuse_if


class ItemPrice(Document):
	"""The price of an item in a price list, for a customer or for everyone, in a span of dates."""

	def validate(self):
		prices = frappe.db.get_value("Price List", self.price_list, ("buying", "selling", "currency"))
		self.buying, self.selling, self.currency = prices
		self.item_name = self.item_name or frappe.db.get_value("Item", self.item_code, "item_name")
		self.uom = self.uom or frappe.db.get_value("Item", self.item_code, "stock_uom")
		refuse_if(flt(self.price_list_rate) < 0, _("A price cannot be below zero"))
		ends = self.valid_from and self.valid_upto and getdate(self.valid_upto) < getdate(self.valid_from)
		refuse_if(ends, _("The price ends before it begins"))
		self._only_one()

	def _only_one(self):
		same = {name: self.get(name) or ("is", "not set") for name in ("customer", "supplier")}
		same.update({name: self.get(name) for name in ("item_code", "price_list", "uom")})
		same["valid_from"] = self.valid_from or ("is", "not set")
		same["name"] = ("!=", self.name)
		refuse_if(frappe.db.exists("Item Price", same), _("There is a price for this from the same day"))
