"""Who may keep the books, who may read them, and who may not even look."""

import frappe
import pytest

KEPT = (
	"Sales Invoice",
	"Payment Entry",
	"Journal Entry",
	"Stock Entry",
	"Purchase Receipt",
	"Payroll Entry",
	"Salary Slip",
)
OTHERS = ("Lab Receptionist", "Lab Nurse", "Lab Administrator", "Lab Patient", "Guest")
LEDGERS = ("GL Entry", "Stock Ledger Entry", "Bin")


@pytest.mark.parametrize("role", ["Lab Accountant", "Lab Director"])
@pytest.mark.parametrize("doctype", KEPT)
def test_the_accountant_and_the_director_keep_the_books(as_user, doctype, role):
	with as_user(role):
		assert all(frappe.has_permission(doctype, kind) for kind in ("read", "create", "submit", "cancel"))


@pytest.mark.parametrize("role", ["Lab Accountant", "Lab Director", "System Manager"])
@pytest.mark.parametrize("doctype", LEDGERS)
def test_nobody_writes_a_ledger_by_hand(as_user, doctype, role):
	with as_user(role):
		assert frappe.has_permission(doctype, "read")
		assert not any(frappe.has_permission(doctype, kind) for kind in ("write", "create", "delete"))


@pytest.mark.parametrize("role", OTHERS)
@pytest.mark.parametrize("doctype", (*KEPT, *LEDGERS, "Customer", "Employee"))
def test_others_see_nothing(as_user, doctype, role):
	with as_user(role):
		assert not frappe.has_permission(doctype, "read")


def test_the_accountant_works_from_invoice_to_payment(books, as_user):
	service = books.service()
	with as_user("Lab Accountant"):
		customer = books.customer()
		invoice = books.invoice(customer, [(service, 1, 500)])
		books.payment(customer, 500, [(invoice.name, 500)])
		assert frappe.db.get_value("Sales Invoice", invoice.name, "status") == "Paid"
		invoice.reload()
		invoice.cancel()
