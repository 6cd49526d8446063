"""A company that trades at random: every step is a document or the cancelling of one."""

from collections.abc import Callable

import frappe

from lab_erp.tests.factories import Books
from lab_erp.utils.errors import Refused


class Trader:
	"""Takes steps; a step that the ERP refuses leaves nothing behind.

	Args:
		books: a company of its own.
	"""

	def __init__(self, books: Books):
		self.books = books
		self.customers = [books.customer() for _number in range(3)]
		self.supplier = books.supplier()
		self.services = [books.service(), books.service(taxes=[{"item_tax_template": books.exempt}])]
		self.goods = [books.item(), books.item(valuation_method="FIFO"), books.item(allow_negative_stock=1)]
		self.houses = [books.warehouse() for _number in range(2)]
		self.done: list[tuple[str, str]] = []
		self.refused = 0

	def step(self, kind: str, one: int, two: int, kopecks: int) -> None:
		"""Take a step; `one` and `two` choose what it is about, `kopecks` how much."""
		action: Callable = getattr(self, kind)
		frappe.db.savepoint("step")
		try:
			doc = action(one, two, kopecks / 100)
		except (Refused, frappe.LinkExistsError):
			frappe.db.rollback(save_point="step")
			self.refused += 1
			return
		if doc:
			self.done.append((doc.doctype, doc.name))

	def sale(self, one, two, amount):
		books, customer = self.books, self.customers[one % 3]
		rows = [
			(self.services[number % 2], 1 + number % 3, round(amount / (number + 1), 2))
			for number in range(1 + two % 3)
		]
		vat = {"account_head": books.accounts.vat, "rate": 20, "charge_type": "On Net Total"}
		fields = {"taxes": [{**vat, "included_in_print_rate": two % 2}] if one % 2 else []}
		if two % 5 == 0:
			fields["additional_discount_percentage"] = 1 + one % 40
			fields["apply_discount_on"] = ("Grand Total", "Net Total")[one % 2]
		return books.invoice(customer, rows, allocate_advances_automatically=two % 2, **fields)

	def pay(self, one, two, amount):
		found = self._open("Sales Invoice", {"outstanding_amount": (">", 0)}, one)
		if not found:
			return None
		invoice = frappe.get_doc("Sales Invoice", found)
		part = invoice.outstanding_amount if two % 2 else min(amount, invoice.outstanding_amount)
		return self.books.payment(invoice.customer, round(part + (two % 3) * 10, 2), [(invoice.name, part)])

	def advance(self, one, _two, amount):
		return self.books.payment(self.customers[one % 3], amount)

	def give_back(self, one, two, _amount):
		found = self._open("Sales Invoice", {"is_return": 0}, one)
		if not found:
			return None
		invoice = frappe.get_doc("Sales Invoice", found)
		rows = [(row.item_code, -row.qty, row.rate) for row in invoice.items[: 1 + two % 2]]
		fields = {"is_return": 1, "return_against": found, "update_outstanding_for_self": two % 2}
		return self.books.invoice(invoice.customer, rows, **fields)

	def refund(self, one, _two, _amount):
		found = self._open("Sales Invoice", {"outstanding_amount": ("<", 0)}, one)
		if not found:
			return None
		owed, customer = frappe.db.get_value("Sales Invoice", found, ("outstanding_amount", "customer"))
		return self.books.payment(customer, -owed, [(found, owed)], payment_type="Pay")

	def receive(self, one, two, amount):
		row = {
			"item_code": self.goods[one % 3],
			"qty": 1 + two % 20,
			"rate": amount,
			"warehouse": self.houses[two % 2],
		}
		return self.books.submit("Purchase Receipt", supplier=self.supplier, items=[row])

	def bill(self, one, two, amount):
		row = {"item_code": self.goods[one % 3], "qty": 1 + two % 20, "rate": amount}
		return self.books.submit("Purchase Invoice", supplier=self.supplier, items=[row])

	def pay_supplier(self, one, two, amount):
		found = self._open("Purchase Invoice", {"outstanding_amount": (">", 0)}, one)
		owed = frappe.db.get_value("Purchase Invoice", found, "outstanding_amount") if found else 0
		part = min(amount, owed)
		invoices = [(found, part)] if found else []
		return self.books.payment(
			self.supplier, round(part + two % 7 + 1, 2), invoices, party_type="Supplier"
		)

	def issue(self, one, two, _amount):
		row = {"item_code": self.goods[one % 3], "qty": 1 + two % 15, "s_warehouse": self.houses[two % 2]}
		return self.books.submit("Stock Entry", stock_entry_type="Material Issue", items=[row])

	def transfer(self, one, two, _amount):
		source, target = self.houses[two % 2], self.houses[(two + 1) % 2]
		row = {
			"item_code": self.goods[one % 3],
			"qty": 1 + two % 9,
			"s_warehouse": source,
			"t_warehouse": target,
		}
		return self.books.submit("Stock Entry", stock_entry_type="Material Transfer", items=[row])

	def write_off(self, one, _two, amount):
		found = self._open("Sales Invoice", {"outstanding_amount": (">", 0)}, one)
		if not found:
			return None
		part = min(amount, frappe.db.get_value("Sales Invoice", found, "outstanding_amount"))
		reference = {"reference_type": "Sales Invoice", "reference_name": found}
		accounts = self.books.accounts
		return self.books.journal([(accounts.debtors, 0, part, reference), (accounts.expense, part, 0)])

	def cancel(self, one, two, _amount):
		if not self.done:
			return
		place = (one * 101 + two) % len(self.done)
		doctype, name = self.done[place]
		doc = frappe.get_doc(doctype, name)
		if doc.docstatus == 1:
			doc.cancel()

	def _open(self, doctype, filters, one):
		filters = {"company": self.books.company, "docstatus": 1, **filters}
		names = frappe.get_all(doctype, filters, pluck="name", order_by="creation")
		return names[one % len(names)] if names else None
