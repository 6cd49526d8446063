import frappe
from frappe.utils import add_days, today

from lab_erp.stock.report.batch_item_expiry_status import batch_item_expiry_status
from lab_erp.stock.report.stock_balance import stock_balance


def test_balance_of_an_item(books):
	item, house = books.item(), books.warehouse()
	row = {"item_code": item, "qty": 10, "basic_rate": 5, "t_warehouse": house}
	books.submit(
		"Stock Entry", stock_entry_type="Material Receipt", items=[row], posting_date=add_days(today(), -40)
	)
	row = {"item_code": item, "qty": 4, "s_warehouse": house}
	books.submit("Stock Entry", stock_entry_type="Material Issue", items=[row])
	given = {
		"company": books.company,
		"from_date": add_days(today(), -5),
		"to_date": today(),
		"item_code": item,
	}
	(row,) = stock_balance.execute(given)[1]
	assert (row["opening_qty"], row["in_qty"], row["out_qty"], row["bal_qty"], row["bal_val"]) == (
		10,
		0,
		4,
		6,
		30,
	)


def test_what_expires_soon(books):
	item, house = books.item(has_batch_no=1, has_expiry_date=1), books.warehouse()
	name = frappe.generate_hash(length=8)
	for days in (5, 200):
		batch = books.insert(
			"Batch", batch_id=f"{name}-{days}", item=item, expiry_date=add_days(today(), days)
		).name
		row = {"item_code": item, "qty": 1, "basic_rate": 5, "t_warehouse": house, "batch_no": batch}
		books.submit("Stock Entry", stock_entry_type="Material Receipt", items=[row])
	given = {"company": books.company, "to_date": add_days(today(), 30), "warehouse": house}
	(row,) = batch_item_expiry_status.execute(given)[1]
	assert (row["name"], row["days"], row["qty"]) == (f"{name}-5", 5, 1)
