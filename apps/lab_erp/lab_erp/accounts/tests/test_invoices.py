from decimal import Decimal

import frappe
import pytest
from frappe.utils import add_days, today

from lab_erp.accounts import overdue
from lab_erp.utils.errors import Refused


def D(value: str) -> Decimal:
	return Decimal(value)


def vat(plan, **fields):
	return [{"charge_type": "On Net Total", "account_head": plan.vat, "rate": 20, **fields}]


def test_invoice_posts_balanced_entries_and_is_owed(books, plan):
	customer, service = books.customer(), books.service()
	invoice = books.invoice(customer, [(service, 2, 750)])
	assert books.entries(invoice) == [
		(plan.debtors, D("1500.00"), D("0.00")),
		(plan.income, D("0.00"), D("1500.00")),
	]
	assert (invoice.outstanding_amount, invoice.status) == (1500, "Unpaid")
	invoice.reload()
	assert (invoice.outstanding_amount, invoice.status) == (1500, "Unpaid")


def test_exempt_service_and_taxed_item_on_one_invoice(books, plan):
	exempt = books.service(taxes=[{"item_tax_template": books.exempt}])
	taxed = books.service()
	invoice = books.invoice(books.customer(), [(exempt, 1, 500), (taxed, 1, 100)], taxes=vat(plan))
	assert invoice.grand_total == 620
	assert books.balance(plan.vat, voucher_no=invoice.name) == D("-20.00")


def test_vat_held_in_the_price(books, plan):
	invoice = books.invoice(
		books.customer(), [(books.service(), 1, 100)], taxes=vat(plan, included_in_print_rate=1)
	)
	assert (invoice.net_total, invoice.total_taxes_and_charges, invoice.grand_total) == (83.33, 16.67, 100)


def test_discount_of_the_whole_and_of_a_line(books):
	customer, service = books.customer(), books.service()
	books.insert(
		"Item Price", item_code=service, price_list="Standard Selling", price_list_rate=1000, uom="Nos"
	)
	items = [{"item_code": service, "qty": 1, "discount_percentage": 10}]
	invoice = books.submit("Sales Invoice", customer=customer, items=items, additional_discount_percentage=5)
	assert (invoice.items[0].rate, invoice.total, invoice.grand_total) == (900, 900, 855)
	assert invoice.items[0].net_amount == 855


def test_price_of_a_customer_comes_before_the_common_one(books):
	customer, service = books.customer(), books.service()
	price = {"item_code": service, "price_list": "Standard Selling", "uom": "Nos"}
	books.insert("Item Price", **price, price_list_rate=1000)
	books.insert("Item Price", **price, price_list_rate=700, customer=customer)
	assert books.submit("Sales Invoice", customer=customer, items=[{"item_code": service}]).grand_total == 700
	other = books.customer()
	assert books.submit("Sales Invoice", customer=other, items=[{"item_code": service}]).grand_total == 1000


def test_an_older_list_of_prices_is_not_the_common_one(books):
	older = books.insert("Price List", price_list_name=f"Прайс {frappe.generate_hash(length=6)}", selling=1)
	older.db_set("creation", "2020-01-01 00:00:00", update_modified=False)
	service = books.service()
	books.insert("Item Price", item_code=service, price_list=older.name, price_list_rate=5, uom="Nos")
	price = {"item_code": service, "price_list": "Standard Selling", "uom": "Nos"}
	books.insert("Item Price", **price, price_list_rate=1000)
	made = books.submit("Sales Invoice", customer=books.customer(), items=[{"item_code": service}])
	assert made.grand_total == 1000


def test_cancelling_reverses_and_deletes_nothing(books, plan):
	invoice = books.invoice(books.customer(), [(books.service(), 1, 300)])
	invoice.cancel()
	entries = books.entries(invoice)
	assert len(entries) == 4
	assert sum(debit - credit for _account, debit, credit in entries if _account == plan.debtors) == 0
	assert not frappe.db.exists("GL Entry", {"voucher_no": invoice.name, "is_cancelled": 0})
	invoice.reload()
	assert (invoice.status, invoice.outstanding_amount) == ("Cancelled", 0)


def test_entries_never_change_and_are_never_deleted(books):
	invoice = books.invoice(books.customer(), [(books.service(), 1, 300)])
	entry = frappe.get_doc("GL Entry", {"voucher_no": invoice.name})
	with pytest.raises(Refused):
		entry.save()
	with pytest.raises(frappe.ValidationError):
		entry.delete()
	with pytest.raises(Refused):
		frappe.get_doc({"doctype": "GL Entry", "account": entry.account, "debit": 1}).insert()


def test_return_that_settles_itself(books, plan):
	customer, service = books.customer(), books.service()
	invoice = books.invoice(customer, [(service, 2, 100)])
	back = books.invoice(customer, [(service, -1, 100)], is_return=1, return_against=invoice.name)
	assert (back.outstanding_amount, back.status) == (-100, "Return")
	invoice.reload()
	assert invoice.outstanding_amount == 200
	assert books.balance(plan.debtors, party=customer) == D("100.00")


def test_return_that_lowers_its_original(books):
	customer, service = books.customer(), books.service()
	invoice = books.invoice(customer, [(service, 2, 100)])
	fields = {"is_return": 1, "return_against": invoice.name, "update_outstanding_for_self": 0}
	back = books.invoice(customer, [(service, -2, 100)], **fields)
	invoice.reload()
	assert (invoice.outstanding_amount, invoice.status) == (0, "Credit Note Issued")
	with pytest.raises(Refused):
		invoice.cancel()
	back.cancel()
	invoice.reload()
	assert (invoice.outstanding_amount, invoice.status) == (200, "Unpaid")


def test_no_more_is_returned_than_was_sold(books):
	customer, service = books.customer(), books.service()
	invoice = books.invoice(customer, [(service, 2, 100)])
	with pytest.raises(Refused):
		books.invoice(customer, [(service, -3, 100)], is_return=1, return_against=invoice.name)


@pytest.mark.parametrize(
	"fields",
	[{"currency": "USD"}, {"due_date": "2000-01-01"}, {"items": [{"item_code": "NO-SUCH-ITEM", "qty": 1}]}],
)
def test_what_cannot_be_invoiced_is_refused(books, fields):
	values = {
		"customer": books.customer(),
		"items": [{"item_code": books.service(), "qty": 1, "rate": 1}],
		**fields,
	}
	with pytest.raises((Refused, frappe.LinkValidationError)):
		books.submit("Sales Invoice", **values)


def test_closed_period(books):
	frappe.db.set_single_value("Accounts Settings", "acc_frozen_upto", today())
	with pytest.raises(Refused):
		books.invoice(books.customer(), [(books.service(), 1, 100)])
	tomorrow = add_days(today(), 1)
	invoice = books.invoice(
		books.customer(), [(books.service(), 1, 100)], posting_date=tomorrow, due_date=tomorrow
	)
	frappe.db.set_single_value("Accounts Settings", "acc_frozen_upto", tomorrow)
	with pytest.raises(Refused):
		invoice.cancel()


def test_unpaid_becomes_overdue(books):
	day = add_days(today(), -5)
	invoice = books.invoice(books.customer(), [(books.service(), 1, 100)], posting_date=day, due_date=day)
	assert invoice.status == "Overdue"
	invoice.db_set("status", "Unpaid")
	overdue.mark()
	assert frappe.db.get_value("Sales Invoice", invoice.name, "status") == "Overdue"


def test_purchase_invoice_owes_the_supplier(books, plan):
	supplier, item = books.supplier(), books.item()
	items = [{"item_code": item, "qty": 10, "rate": 12}]
	taxes = [{"charge_type": "On Net Total", "account_head": plan.vat, "rate": 20, "add_deduct_tax": "Add"}]
	invoice = books.submit("Purchase Invoice", supplier=supplier, items=items, taxes=taxes, bill_no="Т-1")
	assert (invoice.grand_total, invoice.outstanding_amount, invoice.status) == (144, 144, "Unpaid")
	assert books.balance(plan.creditors, party=supplier) == D("-144.00")
	assert books.balance(plan.received, voucher_no=invoice.name) == D("120.00")


def test_the_same_bill_is_not_entered_twice(books):
	frappe.db.set_single_value("Accounts Settings", "check_supplier_invoice_uniqueness", 1)
	values = {
		"supplier": books.supplier(),
		"bill_no": "Т-7",
		"items": [{"item_code": books.service(), "qty": 1, "rate": 5}],
	}
	books.submit("Purchase Invoice", **values)
	with pytest.raises(Refused):
		books.submit("Purchase Invoice", **values)
