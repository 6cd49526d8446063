import frappe
from frappe import _
from frappe.utils import cint, flt

from lab_erp.accounts import ledger as books
from lab_erp.accounts.defaults import item_default
from lab_erp.accounts.priced import Priced
from lab_erp.stock import ledger, posting, requests
from lab_erp.stock.ledger import Movement
from lab_erp.stock.valuation import quantity
from lab_erp.utils.errors import refuse_if
from lab_erp.utils.money import money


class PurchaseReceipt(Priced):
	"""Goods received from a supplier."""

	party_type = "Supplier"
	party_field = "supplier"
	price_list_field = "buying_price_list"
	cost_center_default = "buying_cost_center"

	def validate(self):
		super().validate()
		for row in self.items:
			refuse_if(flt(row.qty) < 0, _("A line needs a quantity"))
			row.received_qty = row.qty
			own = item_default(row.item_code, self.company, "default_warehouse")
			settings = frappe.get_cached_doc("Stock Settings")
			row.warehouse = row.warehouse or self.set_warehouse or own or settings.default_warehouse
			refuse_if(
				_stocked(row) and not row.warehouse, _("A warehouse is needed for {0}").format(row.item_code)
			)
			if flt(row.stock_qty):
				row.valuation_rate = flt(row.base_net_amount) / flt(row.stock_qty)
		self.status = "Draft" if self.docstatus.is_draft() else self.status

	def on_submit(self):
		lines = []
		contra = frappe.get_cached_value("Company", self.company, "stock_received_but_not_billed")
		rows = [row for row in self.items if _stocked(row)]
		changes = ledger.move(self, [_movement(row) for row in rows])
		for row, change in zip(rows, changes, strict=True):
			value = money(row.base_net_amount)
			lines.extend(posting.lines(self.company, row.warehouse, change, value, contra, row.cost_center))
			frappe.db.set_value(
				"Item", row.item_code, "last_purchase_rate", row.valuation_rate, update_modified=False
			)
		if posting.perpetual(self.company):
			books.post(self, lines, self.remarks)
		requests.received(self, 1)
		self.db_set("status", "To Bill")

	def on_cancel(self):
		self.ignore_linked_doctypes = ("GL Entry", "Stock Ledger Entry")
		ledger.undo(self)
		if posting.perpetual(self.company):
			books.reverse(self)
		requests.received(self, -1)
		self.db_set("status", "Cancelled")


def _stocked(row) -> bool:
	return bool(cint(frappe.get_cached_value("Item", row.item_code, "is_stock_item")))


def _movement(row) -> Movement:
	qty, value = quantity(row.stock_qty), money(row.base_net_amount)
	return Movement(row.item_code, row.warehouse, qty, value, row.batch_no, row.name)
