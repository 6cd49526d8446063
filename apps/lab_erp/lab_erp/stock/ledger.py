"""The stock ledger: the only place that writes Stock Ledger Entry. Cancelling adds the reversal."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import frappe
from frappe import _
from frappe.utils import cint, get_datetime, get_time, getdate, nowtime

from lab_erp.accounts.ledger import fiscal_year
from lab_erp.stock import batches, bins, valuation
from lab_erp.stock.valuation import Layer, Move, MovedOn, Short, Stock
from lab_erp.utils.errors import refuse, refuse_if
from lab_erp.utils.money import money

ENTRY = "Stock Ledger Entry"


@dataclass(frozen=True)
class Movement:
	"""An item that comes (quantity above zero, with its value) or goes.

	Args:
		item: its code.
		warehouse: where.
		qty: in stock units.
		value: what all of it is worth; of an issue the ledger decides.
		batch: of which batch.
		row: name of the document's row.
	"""

	item: str
	warehouse: str
	qty: Decimal
	value: Decimal = Decimal(0)
	batch: str | None = None
	row: str | None = None


def move(doc, movements: Sequence[Movement]) -> list[Decimal]:
	"""Write movements of a document, in order.

	Args:
		doc: the submitted document: company, posting_date, posting_time.
		movements: what comes and goes.

	Returns:
		The change of the stock's value by each of them.

	Raises:
		Refused: not enough, a wrong batch, a closed period.
	"""
	open_period(doc.posting_date)
	bins.lock({(one.item, one.warehouse) for one in movements})
	return [_move(doc, one) for one in movements]


def undo(doc) -> None:
	"""Write the reversal of everything a cancelled document moved, the last first.

	Raises:
		Refused: goods that it brought have been moved on.
	"""
	open_period(doc.posting_date)
	filters = {"voucher_type": doc.doctype, "voucher_no": doc.name, "is_cancelled": 0}
	rows = frappe.get_all(ENTRY, filters, ["*"], order_by="entry_number desc")
	bins.lock({(row.item_code, row.warehouse) for row in rows})
	for row in sorted(rows, key=lambda entry: (entry.creation, entry.entry_number), reverse=True):
		_undo(doc, row)


def open_period(day) -> None:
	"""Refuse a movement in a closed period of stock."""
	frozen = frappe.get_cached_doc("Stock Settings").stock_frozen_upto
	closed = frozen and getdate(day) <= getdate(frozen)
	refuse_if(closed, _("Stock is closed up to {0}").format(frappe.format(frozen, "Date")))


def method_of(item: str) -> str:
	"""Return how an item is valued."""
	own = frappe.get_cached_value("Item", item, "valuation_method")
	return own or frappe.get_cached_doc("Stock Settings").valuation_method or valuation.MOVING_AVERAGE


def state(item: str, warehouse: str) -> tuple[Stock, int]:
	"""Return the stock of an item in a warehouse and the number of its last movement; locks both."""
	fields = ("entry_number", "stock_queue", "valuation_rate")
	rows = frappe.db.get_values(
		ENTRY,
		{"item_code": item, "warehouse": warehouse},
		fields,
		as_dict=True,
		order_by="entry_number desc",
		for_update=True,
		limit=1,
	)
	if not rows:
		return Stock(), 0
	saved = json.loads(rows[0].stock_queue)
	return Stock(_layers(saved["layers"]), Decimal(saved["rate"])), rows[0].entry_number


def _move(doc, one: Movement) -> Decimal:
	_check(doc, one)
	stock, number = state(one.item, one.warehouse)
	method, at = method_of(one.item), moment(doc)
	if one.qty > 0:
		done = valuation.receive(stock, one.qty, money(one.value), method, number + 1)
	else:
		done = _issue(one, stock, method, at)
	_write(doc, one, done, number + 1, at)
	return done.difference


def _issue(one: Movement, stock: Stock, method: str, at: datetime) -> Move:
	below = cint(frappe.get_cached_value("Item", one.item, "allow_negative_stock"))
	below = bool(below or cint(frappe.get_cached_doc("Stock Settings").allow_negative_stock))
	if one.batch:
		batches.enough(one.batch, one.warehouse, -one.qty)
	try:
		done = valuation.issue(stock, -one.qty, method, below)
	except Short as short:
		_refuse_short(one, short.has)
	if not below:
		_enough_since(one, at)
	return done


def _enough_since(one: Movement, at: datetime) -> None:
	"""A document dated back must not take what had not come yet, or what was gone later."""
	filters = {"item_code": one.item, "warehouse": one.warehouse, "is_cancelled": 0}
	if not frappe.db.exists(ENTRY, {**filters, "posting_datetime": (">", at)}):
		return
	rows = frappe.get_all(ENTRY, filters, ("posting_datetime", "actual_qty"))
	pairs = [(get_datetime(row.posting_datetime), valuation.quantity(row.actual_qty)) for row in rows]
	lowest = valuation.lowest_from(pairs, at)
	if lowest < -one.qty:
		_refuse_short(one, lowest)


def _refuse_short(one: Movement, has: Decimal) -> None:
	text = _("{0} in {1}: {2} needed, there are {3}")
	refuse(text.format(one.item, one.warehouse, -one.qty.normalize(), has.normalize()))


def _check(doc, one: Movement) -> None:
	item = frappe.get_cached_value(
		"Item", one.item, ("is_stock_item", "has_batch_no", "disabled"), as_dict=True
	)
	refuse_if(not item.is_stock_item, _("{0} is not kept in stock").format(one.item))
	refuse_if(item.has_batch_no and not one.batch, _("{0} needs a batch").format(one.item))
	if one.batch:
		batches.of_item(one.batch, one.item)
	house = frappe.get_cached_value(
		"Warehouse", one.warehouse, ("company", "is_group", "disabled"), as_dict=True
	)
	refuse_if(
		not house or house.company != doc.company, _("{0} belongs to another company").format(one.warehouse)
	)
	refuse_if(house.is_group or house.disabled, _("{0} cannot hold goods").format(one.warehouse))
	unit = frappe.get_cached_value("Item", one.item, "stock_uom")
	whole = cint(frappe.get_cached_value("UOM", unit, "must_be_whole_number"))
	refuse_if(whole and one.qty % 1, _("{0} is counted in whole units").format(one.item))


def _undo(doc, row) -> None:
	one = Movement(
		row.item_code,
		row.warehouse,
		-valuation.quantity(row.actual_qty),
		0,
		row.batch_no,
		row.voucher_detail_no,
	)
	stock, number = state(one.item, one.warehouse)
	method = method_of(one.item)
	if one.qty > 0:
		done = valuation.give_back(stock, _layers(json.loads(row.stock_queue)["used"]), method)
	else:
		done = _take_back(doc, one, row, stock, method)
	frappe.db.set_value(ENTRY, row.name, "is_cancelled", 1, update_modified=False)
	refuse_if(
		done.difference != -money(row.stock_value_difference),
		_("{0} cannot be cancelled: its goods have been moved on").format(doc.name),
	)
	_write(doc, one, done, number + 1, moment(doc), cancelled=1)


def _take_back(doc, one: Movement, row, stock: Stock, method: str) -> Move:
	later = {
		"item_code": one.item,
		"warehouse": one.warehouse,
		"entry_number": (">", row.entry_number),
		"actual_qty": ("<", 0),
		"is_cancelled": 0,
	}
	message = _("{0} cannot be cancelled: its goods have been moved on").format(doc.name)
	refuse_if(frappe.db.get_value(ENTRY, later, "name", for_update=True), message)
	came = Layer(-one.qty, money(row.stock_value_difference), row.entry_number)
	try:
		return valuation.take_back(stock, came, method)
	except MovedOn:
		refuse(message)


def moment(doc) -> datetime:
	"""Return the date and time of a document's movements."""
	return datetime.combine(getdate(doc.posting_date), get_time(doc.get("posting_time") or nowtime()))


def _write(doc, one: Movement, done: Move, number: int, at: datetime, cancelled: int = 0) -> None:
	rate = float(abs(done.difference / one.qty))
	entry = frappe.new_doc(ENTRY)
	entry.update(
		{
			"item_code": one.item,
			"warehouse": one.warehouse,
			"batch_no": one.batch,
			"posting_date": doc.posting_date,
			"posting_time": at.time(),
			"posting_datetime": at,
			"voucher_type": doc.doctype,
			"voucher_no": doc.name,
			"voucher_detail_no": one.row,
			"actual_qty": float(one.qty),
			"qty_after_transaction": float(done.stock.qty),
			"stock_uom": frappe.get_cached_value("Item", one.item, "stock_uom"),
			"incoming_rate": rate if one.qty > 0 else 0,
			"outgoing_rate": rate if one.qty < 0 else 0,
			"valuation_rate": float(done.stock.rate),
			"stock_value": float(done.stock.value),
			"stock_value_difference": float(done.difference),
			"stock_queue": _saved(done),
			"company": doc.company,
			"fiscal_year": fiscal_year(doc.posting_date),
			"is_cancelled": cancelled,
			"entry_number": number,
			"docstatus": 1,
		}
	)
	entry.flags.from_ledger = True
	entry.insert(ignore_permissions=True)  # safe: whoever may submit the document may move what it says
	bins.write(one.item, one.warehouse, done.stock)


def _saved(done: Move) -> str:
	def rows(layers):
		return [[str(layer.qty), str(layer.value), layer.origin] for layer in layers]

	return json.dumps(
		{"layers": rows(done.stock.layers), "rate": str(done.stock.rate), "used": rows(done.used)}
	)


def _layers(rows: list) -> tuple[Layer, ...]:
	return tuple(Layer(Decimal(qty), Decimal(value), origin) for qty, value, origin in rows)
