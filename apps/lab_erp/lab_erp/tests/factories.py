"""Documents for tests; every name is recognisably generated."""

from types import SimpleNamespace

import frappe
from frappe.utils import add_days, today

from lab_erp.utils.money import ZERO, money

ACCOUNTS = {
	"debtors": "default_receivable_account",
	"creditors": "default_payable_account",
	"cash": "default_cash_account",
	"bank": "default_bank_account",
	"income": "default_income_account",
	"expense": "default_expense_account",
	"stock": "default_inventory_account",
	"received": "stock_received_but_not_billed",
	"adjustment": "stock_adjustment_account",
}


class Books:
	"""One company: its accounts, and documents made in it.

	Args:
		company: its name.
	"""

	def __init__(self, company: str):
		self.company = company
		self.doc = frappe.get_doc("Company", company)
		self.accounts = SimpleNamespace(**{name: self.doc.get(field) for name, field in ACCOUNTS.items()})
		self.accounts.vat = frappe.db.get_value(
			"Account", {"company": company, "account_type": "Tax", "tax_rate": (">", 0)}, "name"
		)
		self.exempt = frappe.db.get_value(
			"Item Tax Template", {"company": company, "title": "VAT Exempt"}, "name"
		)
		self._number = 0

	def insert(self, doctype: str, **fields):
		"""Insert a document of this company."""
		doc = frappe.new_doc(doctype)
		if doc.meta.has_field("company"):
			doc.company = self.company
		doc.update(fields)
		return doc.insert()

	def submit(self, doctype: str, **fields):
		"""Insert and submit a document of this company."""
		doc = self.insert(doctype, **fields)
		doc.submit()
		return doc

	def customer(self, **fields) -> str:
		return self.insert("Customer", **{"customer_name": self._name("Плательщик"), **fields}).name

	def supplier(self, **fields) -> str:
		return self.insert("Supplier", **{"supplier_name": self._name("Поставщик"), **fields}).name

	def service(self, **fields) -> str:
		return self.item(is_stock_item=0, item_group="Services", **fields)

	def item(self, **fields) -> str:
		code = self._name("TEST-ITEM")
		values = {"item_code": code, "item_group": "Consumable", "stock_uom": "Nos", **fields}
		return self.insert("Item", **values).name

	def warehouse(self, **fields) -> str:
		parent = frappe.db.get_value("Warehouse", {"company": self.company, "is_group": 1}, "name")
		values = {"warehouse_name": self._name("Склад"), "parent_warehouse": parent, **fields}
		return self.insert("Warehouse", **values).name

	def invoice(self, customer: str, rows: list[tuple], **fields):
		"""Submit a sales invoice; rows are (item, quantity, rate)."""
		items = [{"item_code": item, "qty": qty, "rate": rate} for item, qty, rate in rows]
		values = {"posting_date": today(), "due_date": add_days(today(), 10), **fields}
		return self.submit("Sales Invoice", customer=customer, items=items, **values)

	def payment(self, party: str, amount, invoices: list[tuple] = (), **fields):
		"""Submit a payment in cash; invoices are (name, amount)."""
		kind = fields.pop("party_type", "Customer")
		doctype = "Sales Invoice" if kind == "Customer" else "Purchase Invoice"
		references = [
			{"reference_doctype": doctype, "reference_name": name, "allocated_amount": part}
			for name, part in invoices
		]
		values = {
			"payment_type": "Receive" if kind == "Customer" else "Pay",
			"party_type": kind,
			"party": party,
			"paid_amount": amount,
			"received_amount": amount,
			"mode_of_payment": "Cash",
			"references": references,
			**fields,
		}
		return self.submit("Payment Entry", **values)

	def journal(self, rows: list[tuple], **fields):
		"""Submit a journal entry; rows are (account, debit, credit, details)."""
		accounts = [
			{
				"account": account,
				"debit_in_account_currency": debit,
				"credit_in_account_currency": credit,
				**(details[0] if details else {}),
			}
			for account, debit, credit, *details in rows
		]
		return self.submit("Journal Entry", accounts=accounts, **{"posting_date": today(), **fields})

	def balance(self, account: str, **filters):
		"""Return debits less credits of an account in Decimal; only entries that are not cancelled."""
		rows = frappe.get_all(
			"GL Entry",
			filters={"account": account, "company": self.company, "is_cancelled": 0, **filters},
			fields=("debit", "credit"),
		)
		return sum((money(row.debit) - money(row.credit) for row in rows), ZERO)

	def entries(self, doc) -> list[tuple]:
		"""Return what a document posted: (account, debit, credit), cancelled entries and reversals too."""
		rows = frappe.get_all(
			"GL Entry",
			filters={"voucher_type": doc.doctype, "voucher_no": doc.name},
			fields=("account", "debit", "credit", "is_cancelled"),
			order_by="creation, name",
		)
		return [(row.account, money(row.debit), money(row.credit)) for row in rows]

	def _name(self, start: str) -> str:
		self._number += 1
		return f"{start} {frappe.generate_hash(length=8)} {self._number}"
