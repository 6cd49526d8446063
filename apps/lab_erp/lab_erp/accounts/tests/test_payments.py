from decimal import Decimal

import frappe
import pytest
from frappe.utils import today

from lab_erp.utils.errors import Refused


def D(value: str) -> Decimal:
	return Decimal(value)


@pytest.fixture
def customer(books):
	return books.customer()


@pytest.fixture
def sell(books, customer):
	service = books.service()
	return lambda amount, **fields: books.invoice(customer, [(service, 1, amount)], **fields)


def owed(invoice):
	return frappe.db.get_value(invoice.doctype, invoice.name, ("outstanding_amount", "status"))


def test_payment_lowers_what_is_owed_and_cancelling_raises_it(books, plan, customer, sell):
	invoice = sell(1000)
	payment = books.payment(customer, 400, [(invoice.name, 400)])
	assert owed(invoice) == (600, "Partly Paid")
	assert books.entries(payment) == [
		(plan.debtors, D("0.00"), D("400.00")),
		(plan.cash, D("400.00"), D("0.00")),
	]
	rest = books.payment(customer, 600, [(invoice.name, 600)])
	assert owed(invoice) == (0, "Paid")
	rest.cancel()
	assert owed(invoice) == (600, "Partly Paid")
	assert books.balance(plan.debtors, party=customer) == D("600.00")


def test_one_payment_for_several_invoices_and_the_rest_stays_free(books, plan, customer, sell):
	first, second = sell(100), sell(250)
	payment = books.payment(customer, 500, [(first.name, 100), (second.name, 250)])
	assert (payment.total_allocated_amount, payment.unallocated_amount) == (350, 150)
	assert owed(first)[0] == owed(second)[0] == 0
	assert books.balance(plan.debtors, party=customer) == D("-150.00")


def test_more_than_is_owed_is_refused(books, customer, sell):
	invoice = sell(100)
	with pytest.raises(Refused):
		books.payment(customer, 150, [(invoice.name, 150)])
	with pytest.raises(Refused):
		books.payment(customer, 50, [(invoice.name, 60)])


def test_two_drafts_cannot_both_be_submitted(books, customer, sell):
	invoice = sell(100)
	values = {
		"payment_type": "Receive",
		"party_type": "Customer",
		"party": customer,
		"paid_amount": 100,
		"mode_of_payment": "Cash",
		"references": [
			{"reference_doctype": "Sales Invoice", "reference_name": invoice.name, "allocated_amount": 100}
		],
	}
	one, other = books.insert("Payment Entry", **values), books.insert("Payment Entry", **values)
	one.submit()
	with pytest.raises(Refused):
		other.submit()


def test_invoice_of_another_customer_is_refused(books, sell):
	invoice = sell(100)
	with pytest.raises(Refused):
		books.payment(books.customer(), 100, [(invoice.name, 100)])


def test_bank_needs_a_reference(books, customer):
	with pytest.raises(Refused):
		books.payment(customer, 100, mode_of_payment="Wire Transfer")
	payment = books.payment(
		customer, 100, mode_of_payment="Wire Transfer", reference_no="1", reference_date=today()
	)
	assert payment.paid_to == books.accounts.bank


def test_acquirer_keeps_its_fee(books, plan, customer, sell):
	invoice = sell(1000)
	fee = {"account": plan.expense, "cost_center": books.doc.cost_center, "amount": 20}
	books.payment(customer, 980, [(invoice.name, 1000)], deductions=[fee])
	assert owed(invoice) == (0, "Paid")
	assert books.balance(plan.debtors, party=customer) == D("0.00")


def test_advance_is_allocated_by_the_invoice(books, plan, customer, sell):
	payment = books.payment(customer, 700)
	before = len(books.entries(payment))
	invoice = sell(1000, allocate_advances_automatically=1)
	assert owed(invoice) == (300, "Partly Paid")
	payment.reload()
	assert (payment.unallocated_amount, payment.total_allocated_amount) == (0, 700)
	assert len(books.entries(payment)) == before + 2
	assert books.balance(plan.debtors, party=customer) == D("300.00")


def test_cancelled_invoice_gives_its_advance_back(books, plan, customer, sell):
	payment = books.payment(customer, 700)
	invoice = sell(1000, allocate_advances_automatically=1)
	invoice.cancel()
	payment.reload()
	assert (payment.unallocated_amount, payment.references) == (700, [])
	assert books.balance(plan.debtors, party=customer) == D("-700.00")
	payment.cancel()
	assert books.balance(plan.debtors, party=customer) == D("0.00")


def test_paid_invoice_cannot_be_cancelled_where_the_rule_says_so(books, customer, sell):
	frappe.db.set_single_value("Accounts Settings", "unlink_payment_on_cancellation_of_invoice", 0)
	invoice = sell(100)
	books.payment(customer, 100, [(invoice.name, 100)])
	with pytest.raises(Refused):
		invoice.cancel()


def test_refund_of_a_return(books, plan, customer, sell):
	invoice = sell(500)
	books.payment(customer, 500, [(invoice.name, 500)])
	item = invoice.items[0].item_code
	back = books.invoice(customer, [(item, -1, 500)], is_return=1, return_against=invoice.name)
	books.payment(customer, 500, [(back.name, -500)], payment_type="Pay")
	assert owed(back) == (0, "Return")
	assert books.balance(plan.debtors, party=customer) == D("0.00")


def test_supplier_is_paid(books, plan):
	supplier = books.supplier()
	invoice = books.submit(
		"Purchase Invoice", supplier=supplier, items=[{"item_code": books.service(), "qty": 1, "rate": 90}]
	)
	books.payment(supplier, 90, [(invoice.name, 90)], party_type="Supplier")
	assert owed(invoice) == (0, "Paid")
	assert books.balance(plan.creditors, party=supplier) == D("0.00")


def test_money_between_own_accounts(books, plan):
	before = books.balance(plan.cash)
	fields = {"payment_type": "Internal Transfer", "paid_from": plan.cash, "paid_to": plan.bank}
	books.submit("Payment Entry", paid_amount=100, received_amount=100, **fields)
	assert books.balance(plan.cash) == before - 100


def test_journal_entry_settles_an_invoice(books, plan, customer, sell):
	invoice = sell(100)
	reference = {"reference_type": "Sales Invoice", "reference_name": invoice.name}
	entry = books.journal([(plan.debtors, 0, 30, reference), (plan.expense, 30, 0)])
	assert owed(invoice)[0] == 70
	assert books.balance(plan.debtors, party=customer) == D("70.00")
	entry.cancel()
	assert owed(invoice)[0] == 100


@pytest.mark.parametrize(
	"rows",
	[
		[("cash", 10, 0), ("income", 0, "9.99")],
		[("debtors", 10, 0), ("income", 0, 10)],
		[("cash", 0, 0), ("income", 0, 0)],
	],
)
def test_journal_entries_that_make_no_sense_are_refused(books, plan, rows):
	with pytest.raises(Refused):
		books.journal([(getattr(plan, account), debit, credit) for account, debit, credit in rows])


def test_party_accounts_and_groups(books, plan):
	group = frappe.db.get_value("Account", plan.income, "parent_account")
	with pytest.raises(Refused):
		books.journal([(plan.cash, 10, 0), (group, 0, 10)])
