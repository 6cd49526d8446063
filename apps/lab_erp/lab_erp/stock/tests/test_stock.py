from decimal import Decimal

import frappe
import pytest
from frappe.utils import add_days, today

from lab_erp.stock import batches, checker, reorder
from lab_erp.utils.errors import Refused


def D(value: str) -> Decimal:
	return Decimal(value)


@pytest.fixture
def house(books):
	return books.warehouse()


@pytest.fixture
def receive(books, house):
	def make(item, qty, rate, **fields):
		row = {
			"item_code": item,
			"qty": qty,
			"basic_rate": rate,
			"t_warehouse": house,
			**fields.pop("row", {}),
		}
		return books.submit("Stock Entry", stock_entry_type="Material Receipt", items=[row], **fields)

	return make


@pytest.fixture
def issue(books, house):
	def make(item, qty, **fields):
		row = {"item_code": item, "qty": qty, "s_warehouse": house, **fields.pop("row", {})}
		return books.submit("Stock Entry", stock_entry_type="Material Issue", items=[row], **fields)

	return make


def bin_of(item, warehouse):
	return frappe.db.get_value(
		"Bin", {"item_code": item, "warehouse": warehouse}, ("actual_qty", "stock_value")
	)


def test_receipt_and_issue_move_stock_and_money(books, plan, house, receive, issue):
	item = books.item()
	receipt = receive(item, 10, 10)
	receive(item, 10, 20)
	spent = issue(item, 15)
	assert bin_of(item, house) == (5, 75)
	assert books.entries(receipt) == [
		(plan.stock, D("100.00"), D("0.00")),
		(plan.adjustment, D("0.00"), D("100.00")),
	]
	assert books.balance(plan.stock, voucher_no=spent.name) == D("-225.00")
	assert spent.items[0].basic_rate == 15
	assert list(checker.problems(books.company)) == []


def test_first_in_first_out_where_the_item_says_so(books, house, receive, issue):
	item = books.item(valuation_method="FIFO")
	receive(item, 10, 10)
	receive(item, 10, 20)
	issue(item, 15)
	assert bin_of(item, house) == (5, 100)


def test_transfer_keeps_the_value(books, house, receive):
	item, other = books.item(), books.warehouse()
	receive(item, 4, 25)
	row = {"item_code": item, "qty": 3, "s_warehouse": house, "t_warehouse": other}
	move = books.submit("Stock Entry", stock_entry_type="Material Transfer", items=[row])
	assert (bin_of(item, house), bin_of(item, other)) == ((1, 25), (3, 75))
	assert books.entries(move) == []
	move.cancel()
	assert (bin_of(item, house), bin_of(item, other)) == ((4, 100), (0, 0))
	assert list(checker.problems(books.company)) == []


def test_no_more_goes_than_there_is(books, house, receive, issue):
	item = books.item()
	receive(item, 2, 10)
	with pytest.raises(Refused):
		issue(item, 3)


def test_below_zero_where_it_is_allowed(books, plan, house, receive, issue):
	item = books.item(allow_negative_stock=1)
	receive(item, 2, 10)
	issue(item, 5)
	assert bin_of(item, house) == (-3, -30)
	receive(item, 10, 20)
	assert bin_of(item, house) == (7, 140)
	assert list(checker.problems(books.company)) == []


def test_cancelling_reverses_and_deletes_nothing(books, house, receive, issue):
	item = books.item(valuation_method="FIFO")
	receipt = receive(item, 10, 10)
	spent = issue(item, 4)
	frappe.db.savepoint("before_cancel")
	with pytest.raises(Refused):
		receipt.cancel()
	frappe.db.rollback(save_point="before_cancel")
	receipt.reload()
	spent.cancel()
	assert bin_of(item, house) == (10, 100)
	receipt.cancel()
	assert bin_of(item, house) == (0, 0)
	assert frappe.db.count("Stock Ledger Entry", {"item_code": item}) == 4
	assert list(checker.problems(books.company)) == []


def test_a_document_dated_back_takes_only_what_was_there(books, receive, issue):
	item = books.item()
	receive(item, 5, 10, posting_date=today(), posting_time="10:00:00")
	with pytest.raises(Refused):
		issue(item, 1, posting_date=add_days(today(), -1), posting_time="10:00:00")
	receive(item, 5, 10, posting_date=add_days(today(), -2), posting_time="10:00:00")
	issue(item, 5, posting_date=add_days(today(), -1), posting_time="10:00:00")


def test_batches_and_their_dates(books, house, receive, issue):
	item = books.item(has_batch_no=1, has_expiry_date=1)
	name = frappe.generate_hash(length=8)
	old, new, dead = (
		books.insert(
			"Batch", batch_id=f"{name}-{number}", item=item, expiry_date=add_days(today(), days)
		).name
		for number, days in enumerate((10, 90, -1))
	)
	for batch in (new, old, dead):
		receive(item, 5, 10, row={"batch_no": batch})
	assert batches.first_expired_first(item, house) == [(old, D("5")), (new, D("5"))]
	with pytest.raises(Refused):
		issue(item, 6, row={"batch_no": old})
	with pytest.raises(Refused):
		issue(item, 1)
	issue(item, 5, row={"batch_no": old})
	assert batches.first_expired_first(item, house) == [(new, D("5"))]


def test_batch_needs_its_date(books):
	item = books.item(has_batch_no=1, has_expiry_date=1, shelf_life_in_days=30)
	with pytest.raises(Refused):
		books.insert("Batch", batch_id=frappe.generate_hash(length=8), item=item)
	made = books.insert(
		"Batch", batch_id=frappe.generate_hash(length=8), item=item, manufacturing_date=today()
	)
	assert str(made.expiry_date) == add_days(today(), 30)


def test_receipt_of_a_supplier_and_its_bill(books, plan, house):
	item, supplier = books.item(), books.supplier()
	item_rows = [
		{"item_code": item, "qty": 2, "rate": 50, "uom": "Box", "conversion_factor": 10, "warehouse": house}
	]
	before = books.balance(plan.received)
	receipt = books.submit("Purchase Receipt", supplier=supplier, items=item_rows)
	assert bin_of(item, house) == (20, 100)
	assert books.balance(plan.received) == before - 100
	rows = [{"item_code": item, "qty": 20, "rate": 5, "purchase_receipt": receipt.name}]
	books.submit("Purchase Invoice", supplier=supplier, items=rows)
	assert books.balance(plan.received) == before
	assert list(checker.problems(books.company)) == []


def test_low_stock_is_requested_once_and_its_receipt_answers_it(books, house, receive):
	level = {"warehouse": house, "warehouse_reorder_level": 10, "warehouse_reorder_qty": 50}
	item = books.item(reorder_levels=[{**level, "material_request_type": "Purchase"}])
	receive(item, 3, 10)
	(name,) = reorder.run()
	request = frappe.get_doc("Material Request", name)
	assert (request.docstatus, request.items[0].qty, request.status) == (1, 50, "Pending")
	assert reorder.run() == []
	row = {
		"item_code": item,
		"qty": 50,
		"rate": 10,
		"warehouse": house,
		"material_request": name,
		"material_request_item": request.items[0].name,
	}
	books.submit("Purchase Receipt", supplier=books.supplier(), items=[row])
	assert frappe.db.get_value("Material Request", name, "status") == "Received"
	assert frappe.db.get_value("Bin", {"item_code": item, "warehouse": house}, "projected_qty") == 53


def test_the_checker_sees_what_is_wrong(books, house, receive):
	item = books.item()
	receive(item, 2, 10)
	frappe.db.set_value("Bin", {"item_code": item, "warehouse": house}, "actual_qty", 3)
	assert len(list(checker.problems(books.company))) == 1


def test_closed_stock(books, receive):
	frappe.db.set_single_value("Stock Settings", "stock_frozen_upto", today())
	with pytest.raises(Refused):
		receive(books.item(), 1, 1)


def test_what_has_moved_keeps_its_nature(books, receive):
	item = books.item()
	receive(item, 1, 1)
	doc = frappe.get_doc("Item", item)
	doc.has_batch_no = 1
	with pytest.raises(Refused):
		doc.save()


def test_whole_units_stay_whole(books, receive):
	with pytest.raises(Refused):
		receive(books.item(), 1.5, 10)
	receive(books.item(stock_uom="Litre"), 1.5, 10)
