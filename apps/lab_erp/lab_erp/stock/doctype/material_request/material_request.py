import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, getdate, today

from lab_erp.stock import bins
from lab_erp.utils.errors import refuse_if
from lab_erp.utils.money import exact, money


class MaterialRequest(Document):
	"""What is short and has to be bought or brought."""

	def validate(self):
		self.company = self.company or frappe.db.get_default("company")
		self.transaction_date = self.transaction_date or today()
		for row in self.items:
			self._row(row)
		self.schedule_date = min(getdate(row.schedule_date) for row in self.items) if self.items else None
		self.title = self.title or _("{0} request").format(_(self.material_request_type))
		self.status = "Draft" if self.docstatus.is_draft() else self.status

	def on_submit(self):
		for row in self.items:
			if row.warehouse:
				bins.request(row.item_code, row.warehouse, flt(row.stock_qty))
		self.db_set("status", "Pending")

	def on_cancel(self):
		for row in self.items:
			if row.warehouse:
				bins.request(
					row.item_code, row.warehouse, -max(flt(row.stock_qty) - flt(row.received_qty), 0)
				)
		self.db_set("status", "Cancelled")

	def set_status(self):
		"""Say how much of it has come."""
		came = [flt(row.received_qty) for row in self.items]
		done = all(flt(row.received_qty) >= flt(row.stock_qty) for row in self.items)
		self.db_set("status", "Received" if done else "Partially Received" if any(came) else "Pending")

	def _row(self, row):
		item = frappe.get_cached_value(
			"Item", row.item_code, ("item_name", "description", "stock_uom"), as_dict=True
		)
		refuse_if(not item, _("There is no item {0}").format(row.item_code))
		row.item_name, row.stock_uom = item.item_name, item.stock_uom
		row.description = row.description or item.description
		row.uom = row.uom or item.stock_uom
		row.conversion_factor = flt(row.conversion_factor) or 1
		refuse_if(flt(row.qty) <= 0, _("A line needs a quantity"))
		row.stock_qty = flt(row.qty) * flt(row.conversion_factor)
		row.schedule_date = row.schedule_date or self.schedule_date or self.transaction_date
		row.warehouse = row.warehouse or self.set_warehouse
		row.amount = float(money(exact(row.rate) * exact(row.qty)))
