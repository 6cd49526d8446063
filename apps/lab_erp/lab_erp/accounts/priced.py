"""Documents with priced lines and taxes: fills in what they lack and reckons their totals."""

import json
from decimal import Decimal

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, getdate, nowtime, today

from lab_erp.accounts import tax
from lab_erp.accounts.defaults import item_default
from lab_erp.setup.prices import default_list, price
from lab_erp.utils.errors import refuse, refuse_if
from lab_erp.utils.money import ZERO, exact, money


class Priced(Document):
	"""Base of invoices and receipts.

	`party_type`, `party_field` and `price_list_field` name the side of trade;
	`cost_center_default` is a field of Item Default.
	"""

	party_type = ""
	party_field = ""
	price_list_field = ""
	cost_center_default = ""

	def validate(self):
		self.fill()
		self.reckon()

	def fill(self):
		"""Set what a person may leave out."""
		self.company = self.company or frappe.db.get_default("company")
		refuse_if(not self.company, _("Company is needed"))
		party = self.get(self.party_field)
		refuse_if(not party, _("{0} is needed").format(_(self.party_type)))
		self._party(party)
		self.posting_date = self.posting_date or today()
		self.posting_time = self.posting_time or nowtime()
		self._currency()
		for row in self.items:
			self.fill_row(row)
		self._fill_taxes()

	def fill_row(self, row):
		"""Set what a line lacks: name, unit, price, cost centre."""
		if row.item_code:
			self._from_item(row)
		row.uom = row.uom or row.stock_uom or frappe.db.get_value("UOM", {"enabled": 1}, "name")
		row.conversion_factor = flt(row.conversion_factor) or 1
		row.qty = flt(row.qty) if row.qty is not None else 1
		refuse_if(not row.qty, _("A line needs a quantity"))
		row.stock_qty = flt(row.qty) * flt(row.conversion_factor)
		self._price(row)
		row.cost_center = row.cost_center or self.default_cost_center(row)

	def default_cost_center(self, row):
		"""Return the cost centre of a line that names none."""
		own = row.item_code and item_default(row.item_code, self.company, self.cost_center_default)
		return (
			own or self.get("cost_center") or frappe.get_cached_value("Company", self.company, "cost_center")
		)

	def reckon(self):
		"""Reckon the amounts of lines, taxes and the whole."""
		lines = [tax.Line(_amount(row), exact(row.stock_qty), _rates(row)) for row in self.items]
		rows = [_tax(row) for row in self.get("taxes") or []]
		try:
			totals = tax.compute(
				lines,
				rows,
				money(0 if flt(self.get("additional_discount_percentage")) else self.get("discount_amount")),
				exact(self.get("additional_discount_percentage")),
				self.get("apply_discount_on") == "Net Total",
			)
		except tax.TaxRefused as wrong:
			refuse(_("Row {0} of taxes cannot be computed").format(wrong.row))
		_write_lines(self, totals)
		_write_taxes(self, totals)
		self._write_totals(totals)

	def _write_totals(self, totals):
		taxes = totals.grand_total - totals.net_total
		values = {
			"total": totals.total,
			"net_total": totals.net_total,
			"total_taxes_and_charges": taxes,
			"discount_amount": totals.discount,
			"grand_total": totals.grand_total,
		}
		for name, value in values.items():
			self.set(name, float(value))
			self.set(f"base_{name}", float(value))
		self.total_qty = sum(flt(row.qty) for row in self.items)

	def _party(self, party):
		name_field = f"{self.party_field}_name"
		row = frappe.db.get_value(self.party_type, party, (name_field, "disabled", "is_frozen"), as_dict=True)
		refuse_if(not row, _("There is no {0} {1}").format(_(self.party_type), party))
		refuse_if(row.disabled or row.is_frozen, _("{0} is disabled").format(party))
		self.set(name_field, row[name_field])

	def _currency(self):
		own = frappe.get_cached_value("Company", self.company, "default_currency")
		self.currency = self.currency or own
		refuse_if(self.currency != own, _("Documents are kept in the company's currency"))
		self.conversion_rate = self.plc_conversion_rate = 1
		self.price_list_currency = own
		if not self.get(self.price_list_field):
			side = "selling" if self.party_type == "Customer" else "buying"
			own_list = frappe.db.get_value(self.party_type, self.get(self.party_field), "default_price_list")
			self.set(self.price_list_field, own_list or default_list(side))

	def _from_item(self, row):
		fields = ("item_name", "description", "item_group", "stock_uom", "disabled")
		item = frappe.get_cached_value("Item", row.item_code, fields, as_dict=True)
		refuse_if(not item, _("There is no item {0}").format(row.item_code))
		refuse_if(item.disabled, _("{0} is disabled").format(row.item_code))
		for name in ("item_name", "description", "item_group", "stock_uom"):
			row.set(name, row.get(name) or item[name])
		row.uom = row.uom or item.stock_uom
		if row.uom != row.stock_uom and not flt(row.conversion_factor):
			filters = {"parenttype": "Item", "parent": row.item_code, "uom": row.uom}
			row.conversion_factor = frappe.db.get_value("UOM Conversion Detail", filters, "conversion_factor")
			refuse_if(
				not row.conversion_factor, _("{0} is not counted in {1}").format(row.item_code, row.uom)
			)
		if not row.item_tax_template:
			row.item_tax_template = _template(row, self.company, self.posting_date)

	def _price(self, row):
		if row.rate is None or (not flt(row.rate) and not flt(row.discount_percentage)):
			if row.item_code and not flt(row.price_list_rate) and self.get(self.price_list_field):
				found = price(
					row.item_code,
					self.get(self.price_list_field),
					self.posting_date,
					(self.party_field, self.get(self.party_field)),
					row.uom,
				)
				row.price_list_rate = float(found or 0)
			row.rate = flt(row.price_list_rate) - flt(row.discount_amount)
		if flt(row.discount_percentage) and flt(row.price_list_rate):
			off = money(exact(row.price_list_rate) * exact(row.discount_percentage) / 100)
			row.discount_amount = float(off)
			row.rate = float(exact(row.price_list_rate) - off)
		refuse_if(flt(row.rate) < 0, _("A rate cannot be below zero"))

	def _fill_taxes(self):
		for row in self.get("taxes") or []:
			row.description = row.description or frappe.get_cached_value(
				"Account", row.account_head, "account_name"
			)
			row.cost_center = row.cost_center or frappe.get_cached_value(
				"Company", self.company, "cost_center"
			)
			row.account_currency = self.currency
			category = row.get("category")
			refuse_if(category and category != "Total", _("Taxes are not made part of the value of goods"))


def _amount(row) -> Decimal:
	return money(exact(row.rate) * exact(row.qty))


def _rates(row) -> dict[str, Decimal]:
	if not row.item_tax_template:
		return {}
	template = frappe.get_cached_doc("Item Tax Template", row.item_tax_template)
	rates = {detail.tax_type: exact(detail.tax_rate) for detail in template.taxes}
	row.item_tax_rate = json.dumps({account: float(rate) for account, rate in rates.items()})
	return rates


def _template(row, company: str, day) -> str | None:
	for parenttype, parent in (("Item", row.item_code), ("Item Group", row.item_group)):
		filters = {"parenttype": parenttype, "parent": parent}
		for found in frappe.get_all("Item Tax", filters, ("item_tax_template", "valid_from"), order_by="idx"):
			begun = not found.valid_from or getdate(found.valid_from) <= getdate(day)
			template = found.item_tax_template
			if begun and frappe.get_cached_value("Item Tax Template", template, "company") == company:
				return template
	return None


def _tax(row) -> tax.Tax:
	return tax.Tax(
		row.charge_type,
		row.account_head,
		exact(row.rate),
		money(row.tax_amount),
		int(row.row_id or 0),
		bool(row.included_in_print_rate),
		-1 if row.get("add_deduct_tax") == "Deduct" else 1,
	)


def _write_lines(doc, totals: tax.Totals) -> None:
	for row, net, off in zip(doc.items, totals.nets, totals.discounts, strict=True):
		amount = _amount(row)
		values = {
			"rate": exact(row.rate),
			"amount": amount,
			"price_list_rate": exact(row.price_list_rate),
			"net_amount": net,
			"net_rate": net / exact(row.qty) if flt(row.qty) else ZERO,
		}
		for name, value in values.items():
			row.set(name, float(value))
			row.set(f"base_{name}", float(value))
		row.distributed_discount_amount = float(off)


def _write_taxes(doc, totals: tax.Totals) -> None:
	rows = zip(doc.get("taxes") or [], totals.taxes, totals.running, totals.by_line, strict=True)
	for row, amount, running, by_line in rows:
		for name, value in (
			("tax_amount", amount),
			("total", running),
			("tax_amount_after_discount_amount", amount),
		):
			row.set(name, float(value))
			row.set(f"base_{name}", float(value))
		detail: dict[str, list[float]] = {}
		for line, part in zip(doc.items, by_line, strict=True):
			key = line.item_code or line.item_name
			rate = float(_rates(line).get(row.account_head, exact(row.rate)))
			detail[key] = [rate, float(exact(detail.get(key, (0, 0))[1]) + part)]
		row.item_wise_tax_detail = json.dumps(detail, ensure_ascii=False)
