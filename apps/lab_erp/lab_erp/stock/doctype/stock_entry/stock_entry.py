import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, nowtime, today

from lab_erp.accounts import ledger as books
from lab_erp.accounts.defaults import item_default
from lab_erp.stock import ledger, posting
from lab_erp.stock.ledger import Movement
from lab_erp.stock.valuation import quantity
from lab_erp.utils.errors import refuse_if
from lab_erp.utils.money import ZERO, exact, money

RECEIPT, ISSUE, TRANSFER = "Material Receipt", "Material Issue", "Material Transfer"


class StockEntry(Document):
	"""Goods that come, go, or move between warehouses."""

	def validate(self):
		self.company = self.company or frappe.db.get_default("company")
		self.posting_date = self.posting_date or today()
		self.posting_time = self.posting_time or nowtime()
		self.purpose = (
			frappe.db.get_value("Stock Entry Type", self.stock_entry_type, "purpose") or self.purpose
		)
		refuse_if(self.purpose not in (RECEIPT, ISSUE, TRANSFER), _("There is no such kind of stock entry"))
		for row in self.items:
			self._row(row)
		self._totals()

	def on_submit(self):
		lines = []
		for row in self.items:
			lines.extend(self._move(row))
		self._totals()
		self.db_set({name: self.get(name) for name in ("total_incoming_value", "total_outgoing_value")})
		self.db_set({name: self.get(name) for name in ("value_difference", "total_amount")})
		if posting.perpetual(self.company):
			books.post(self, lines, self.remarks)

	def on_cancel(self):
		self.ignore_linked_doctypes = ("GL Entry", "Stock Ledger Entry")
		ledger.undo(self)
		if posting.perpetual(self.company):
			books.reverse(self)

	def _row(self, row):
		fields = ("item_name", "description", "item_group", "stock_uom")
		item = frappe.get_cached_value("Item", row.item_code, fields, as_dict=True)
		refuse_if(not item, _("There is no item {0}").format(row.item_code))
		for name in fields:
			row.set(name, row.get(name) or item[name])
		row.stock_uom = item.stock_uom
		row.uom = row.uom or item.stock_uom
		row.conversion_factor = flt(row.conversion_factor) or 1
		refuse_if(flt(row.qty) <= 0, _("A line needs a quantity"))
		row.transfer_qty = float(quantity(exact(row.qty) * exact(row.conversion_factor)))
		self._warehouses(row)
		self._rate(row)
		row.cost_center = row.cost_center or frappe.get_cached_value("Company", self.company, "cost_center")
		row.expense_account = row.expense_account or self._contra(row)

	def _warehouses(self, row):
		source = self.purpose in (ISSUE, TRANSFER)
		target = self.purpose in (RECEIPT, TRANSFER)
		row.s_warehouse = (row.s_warehouse or self.from_warehouse) if source else None
		row.t_warehouse = (row.t_warehouse or self.to_warehouse) if target else None
		refuse_if(source and not row.s_warehouse, _("A source warehouse is needed"))
		refuse_if(target and not row.t_warehouse, _("A target warehouse is needed"))
		same = row.s_warehouse and row.s_warehouse == row.t_warehouse
		refuse_if(same, _("Goods cannot move to the warehouse they come from"))

	def _rate(self, row):
		if self.purpose != RECEIPT:
			return
		if not flt(row.basic_rate) and not row.allow_zero_valuation_rate:
			pair = {"item_code": row.item_code, "warehouse": row.t_warehouse}
			known = frappe.db.get_value("Bin", pair, "valuation_rate")
			row.basic_rate = flt(known) or flt(
				frappe.get_cached_value("Item", row.item_code, "valuation_rate")
			)
		missing = not flt(row.basic_rate) and not row.allow_zero_valuation_rate
		refuse_if(missing, _("What is {0} worth? Give its rate").format(row.item_code))
		row.basic_amount = row.amount = float(money(exact(row.basic_rate) * exact(row.transfer_qty)))
		row.valuation_rate = row.basic_rate

	def _contra(self, row):
		adjustment = frappe.get_cached_value("Company", self.company, "stock_adjustment_account")
		if self.purpose == ISSUE:
			return item_default(row.item_code, self.company, "expense_account") or adjustment
		return adjustment

	def _move(self, row):
		"""Move a row's goods; return what it posts."""
		qty, center = quantity(row.transfer_qty), row.cost_center
		if self.purpose == RECEIPT:
			value = money(row.basic_amount)
			(change,) = ledger.move(
				self, [Movement(row.item_code, row.t_warehouse, qty, value, row.batch_no, row.name)]
			)
			return posting.lines(self.company, row.t_warehouse, change, value, row.expense_account, center)
		(out,) = ledger.move(
			self, [Movement(row.item_code, row.s_warehouse, -qty, ZERO, row.batch_no, row.name)]
		)
		self._value_row(row, -out)
		if self.purpose == ISSUE:
			return posting.lines(self.company, row.s_warehouse, out, out, row.expense_account, center)
		(change,) = ledger.move(
			self, [Movement(row.item_code, row.t_warehouse, qty, -out, row.batch_no, row.name)]
		)
		source = posting.warehouse_account(row.s_warehouse)
		return posting.lines(self.company, row.t_warehouse, change, -out, source, center)

	def _value_row(self, row, value):
		rate = float(value / quantity(row.transfer_qty))
		values = {
			"basic_rate": rate,
			"valuation_rate": rate,
			"basic_amount": float(value),
			"amount": float(value),
		}
		row.db_set(values)

	def _totals(self):
		total = sum((money(row.basic_amount) for row in self.items), ZERO)
		incoming = total if self.purpose != ISSUE else ZERO
		outgoing = total if self.purpose != RECEIPT else ZERO
		self.total_incoming_value, self.total_outgoing_value = float(incoming), float(outgoing)
		self.value_difference, self.total_amount = float(incoming - outgoing), float(total)
