"""What the tests of the bridge ask the ERP: the same questions of ERPNext and of lab_erp."""

from collections import defaultdict
from decimal import Decimal

import frappe

from lab_crm.erp import books
from lab_crm.erp.books import money
from lab_crm.utils import clock


def ready() -> None:
	"""Have a year of the books for today: ERPNext makes them with its scheduler, which tests do not run."""
	day = clock.now().date()
	span = {"year_start_date": ("<=", day), "year_end_date": (">=", day)}
	if not frappe.db.exists("Fiscal Year", span):
		year = frappe.new_doc("Fiscal Year")
		first, last = f"{day.year}-01-01", f"{day.year}-12-31"
		year.update({"year": str(day.year), "year_start_date": first, "year_end_date": last})
		year.insert(ignore_permissions=True)
		frappe.cache().delete_value("fiscal_years")


def entries(customer: str) -> list[frappe._dict]:
	"""The ledger's lines of all documents that touch a customer, cancelled ones left out."""
	mine = {"party_type": "Customer", "party": customer, "company": books.company(), "is_cancelled": 0}
	vouchers = set(frappe.get_all("GL Entry", mine, pluck="voucher_no"))
	filters = {"voucher_no": ("in", list(vouchers) or [""]), "is_cancelled": 0}
	fields = ["voucher_type", "voucher_no", "account", "party", "debit", "credit", "cost_center"]
	return frappe.get_all("GL Entry", filters, fields, order_by="creation, name")


def is_balanced(customer: str) -> bool:
	"""Whether every document of a customer has equal debits and credits, to the kopeck."""
	sums: dict[str, Decimal] = defaultdict(Decimal)
	for row in entries(customer):
		sums[row.voucher_no] += money(row.debit) - money(row.credit)
	return bool(sums) and not any(sums.values())


def invoice(name: str):
	"""A Sales Invoice as the database has it."""
	return frappe.get_doc("Sales Invoice", name)


def counts(customer: str) -> dict[str, int]:
	"""How many submitted invoices and payments a customer has."""
	return {
		"Sales Invoice": frappe.db.count("Sales Invoice", {"customer": customer, "docstatus": 1}),
		"Payment Entry": frappe.db.count("Payment Entry", {"party": customer, "docstatus": 1}),
	}
