import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, today

from lab_erp.accounts import ledger, outstanding
from lab_erp.accounts.defaults import mode_account, party_account
from lab_erp.accounts.posting import credit, debit
from lab_erp.utils.errors import refuse_if
from lab_erp.utils.money import ZERO, money

INVOICES = {"Customer": "Sales Invoice", "Supplier": "Purchase Invoice"}
TRANSFER = "Internal Transfer"


class PaymentEntry(Document):
	"""Money received, paid or moved between own accounts."""

	def validate(self):
		self._fill()
		self._accounts()
		self._references()
		self._amounts()

	def on_submit(self):
		for row in self.references:
			outstanding.settle(row.reference_doctype, row.reference_name, money(row.allocated_amount))
		ledger.post(self, self.lines(), self.remarks)
		self.db_set("status", "Submitted")

	def on_cancel(self):
		self.ignore_linked_doctypes = ("GL Entry", *INVOICES.values())
		ledger.reverse(self)
		for row in self.references:
			outstanding.settle(
				row.reference_doctype, row.reference_name, -money(row.allocated_amount), beyond=True
			)
		self.db_set("status", "Cancelled")

	@property
	def party_account(self):
		"""The account that the party's debts stand on."""
		return self.paid_from if self.payment_type == "Receive" else self.paid_to

	@property
	def party_sign(self):
		"""1 where the payment lowers what its invoices are owed, -1 where it gives money back."""
		pays = {"Customer": "Receive"}.get(self.party_type, "Pay")
		return 1 if self.payment_type == pays else -1

	def lines(self):
		"""Return what the payment posts."""
		charges = [debit(row.account, row.amount, cost_center=row.cost_center) for row in self.deductions]
		center = {"cost_center": self.cost_center}
		if self.payment_type == TRANSFER:
			moved = [
				credit(self.paid_from, self.paid_amount, **center),
				debit(self.paid_to, self.received_amount, **center),
			]
			return moved + charges
		own = {"against_voucher_type": self.doctype, "against_voucher": self.name}
		party = {"party_type": self.party_type, "party": self.party, **center}
		theirs = credit if self.payment_type == "Receive" else debit
		posted = [theirs(self.party_account, self.unallocated_amount, **own, **party)]
		for row in self.references:
			against = {"against_voucher_type": row.reference_doctype, "against_voucher": row.reference_name}
			amount = money(row.allocated_amount) * self.party_sign
			posted.append(theirs(self.party_account, amount, **against, **party))
		if self.payment_type == "Receive":
			posted.append(debit(self.paid_to, self.received_amount, **center))
		else:
			posted.append(credit(self.paid_from, self.paid_amount, **center))
		return posted + charges

	def _fill(self):
		self.company = self.company or frappe.db.get_default("company")
		self.posting_date = self.posting_date or today()
		self.source_exchange_rate = self.target_exchange_rate = 1
		refuse_if(
			flt(self.paid_amount) <= 0 and flt(self.received_amount) <= 0, _("An amount above zero is needed")
		)
		self.paid_amount = self.paid_amount or self.received_amount
		self.received_amount = self.received_amount or self.paid_amount
		if self.payment_type == TRANSFER:
			self.party_type = self.party = self.party_name = None
			self.set("references", [])
			return
		refuse_if(not (self.party_type and self.party), _("A payment needs a party"))
		refuse_if(
			self.party_type not in (*INVOICES, "Employee"), _("{0} cannot be a party").format(self.party_type)
		)
		name_field = f"{frappe.scrub(self.party_type)}_name"
		self.party_name = frappe.db.get_value(self.party_type, self.party, name_field)
		refuse_if(not self.party_name, _("There is no {0} {1}").format(_(self.party_type), self.party))

	def _accounts(self):
		till = mode_account(self.mode_of_payment, self.company)
		if self.payment_type != TRANSFER:
			side, other = (
				("paid_from", "paid_to") if self.payment_type == "Receive" else ("paid_to", "paid_from")
			)
			self.set(side, self.get(side) or party_account(self.party_type, self.party, self.company))
			self.set(other, self.get(other) or till)
		for field in ("paid_from", "paid_to"):
			account = self.get(field)
			refuse_if(not account, _("{0} is needed").format(_(self.meta.get_label(field))))
			self.set(
				f"{field}_account_currency", frappe.get_cached_value("Account", account, "account_currency")
			)
		refuse_if(self.paid_from == self.paid_to, _("Money cannot go to the account it comes from"))
		money_account = self.paid_to if self.payment_type == "Receive" else self.paid_from
		bank = frappe.get_cached_value("Account", money_account, "account_type") == "Bank"
		missing = not (self.reference_no and self.reference_date)
		refuse_if(bank and missing, _("A bank payment needs a reference number and date"))

	def _references(self):
		seen = set()
		for row in self.references:
			expected = INVOICES.get(self.party_type)
			refuse_if(
				row.reference_doctype != expected, _("{0} cannot be paid here").format(row.reference_doctype)
			)
			refuse_if(row.reference_name in seen, _("{0} is listed twice").format(row.reference_name))
			seen.add(row.reference_name)
			if not self.docstatus.is_cancelled():
				self._reference(row)

	def _reference(self, row):
		account_field, party_field = (
			("debit_to", "customer") if self.party_type == "Customer" else ("credit_to", "supplier")
		)
		fields = ("docstatus", "grand_total", "outstanding_amount", "due_date", account_field, party_field)
		invoice = frappe.db.get_value(row.reference_doctype, row.reference_name, fields, as_dict=True)
		refuse_if(not invoice or invoice.docstatus != 1, _("{0} is not submitted").format(row.reference_name))
		refuse_if(
			invoice[party_field] != self.party,
			_("{0} is an invoice of another party").format(row.reference_name),
		)
		refuse_if(
			invoice[account_field] != self.party_account,
			_("{0} stands on another account").format(row.reference_name),
		)
		row.total_amount, row.outstanding_amount = invoice.grand_total, invoice.outstanding_amount
		row.due_date, row.account, row.exchange_rate = invoice.due_date, invoice[account_field], 1
		owed, amount = money(invoice.outstanding_amount), money(row.allocated_amount)
		too_much = amount * owed < 0 or abs(amount) > abs(owed)
		refuse_if(
			too_much or not amount,
			_("{0} is allocated to {1}, but only {2} is owed").format(amount, row.reference_name, owed),
		)

	def _amounts(self):
		charges = sum((money(row.amount) for row in self.deductions), ZERO)
		paid, received = money(self.paid_amount), money(self.received_amount)
		if self.payment_type == TRANSFER:
			left, allocated, difference = ZERO, ZERO, paid - received - charges
		else:
			for_party = received + charges if self.payment_type == "Receive" else paid - charges
			allocated = sum((money(row.allocated_amount) for row in self.references), ZERO) * self.party_sign
			left, difference = for_party - allocated, paid - received
		refuse_if(left < 0, _("More is allocated than was paid"))
		refuse_if(difference, _("Paid and received amounts differ by {0}").format(difference))
		self.total_allocated_amount = self.base_total_allocated_amount = float(allocated)
		self.unallocated_amount, self.difference_amount = float(left), float(difference)
		self.base_paid_amount, self.base_received_amount = float(paid), float(received)
		self.status = "Draft" if self.docstatus.is_draft() else self.status
		self.title = self.party_name or self.payment_type
