import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import today

from lab_erp.accounts import ledger, outstanding
from lab_erp.accounts.posting import Line
from lab_erp.utils.errors import refuse_if
from lab_erp.utils.money import ZERO, money

INVOICES = ("Sales Invoice", "Purchase Invoice")


class JournalEntry(Document):
	"""A posting made by hand."""

	def validate(self):
		self.company = self.company or frappe.db.get_default("company")
		self.posting_date = self.posting_date or today()
		currency = frappe.get_cached_value("Company", self.company, "default_currency")
		for row in self.accounts:
			self._row(row, currency)
		debits = sum((money(row.debit) for row in self.accounts), ZERO)
		credits = sum((money(row.credit) for row in self.accounts), ZERO)
		self.total_debit, self.total_credit = float(debits), float(credits)
		self.difference = float(debits - credits)
		refuse_if(debits != credits, _("Debits and credits differ by {0}").format(debits - credits))
		refuse_if(not debits, _("An entry of nothing"))
		bank = self.voucher_type == "Bank Entry" and not (self.cheque_no and self.cheque_date)
		refuse_if(bank, _("A bank entry needs a reference number and date"))
		self.remark = self.user_remark
		self.title = self.title or self.accounts[0].account

	def on_submit(self):
		for row, amount in self._settled():
			outstanding.settle(row.reference_type, row.reference_name, amount)
		ledger.post(self, [self._line(row) for row in self.accounts], self.user_remark)

	def on_cancel(self):
		self.ignore_linked_doctypes = ("GL Entry", "Payroll Entry", "Salary Slip", *INVOICES)
		ledger.reverse(self)
		for row, amount in self._settled():
			outstanding.settle(row.reference_type, row.reference_name, -amount, beyond=True)

	def _row(self, row, currency):
		# Either pair of fields may be given: there is one currency.
		for side in ("debit", "credit"):
			amount = money(row.get(f"{side}_in_account_currency") or row.get(side))
			row.set(side, float(amount))
			row.set(f"{side}_in_account_currency", float(amount))
			refuse_if(amount < 0, _("An amount cannot be below zero"))
		refuse_if(row.debit and row.credit, _("A row is a debit or a credit, not both"))
		row.account_currency, row.exchange_rate = currency, 1
		if row.reference_type in INVOICES:
			self._reference(row)

	def _reference(self, row):
		sale = row.reference_type == "Sales Invoice"
		party_field, account_field = ("customer", "debit_to") if sale else ("supplier", "credit_to")
		fields = ("docstatus", party_field, account_field)
		found = frappe.db.get_value(row.reference_type, row.reference_name, fields) or (0, None, None)
		docstatus, party, account = found
		refuse_if(docstatus != 1, _("{0} is not submitted").format(row.reference_name))
		wrong = row.party and row.party != party
		refuse_if(wrong, _("{0} is an invoice of another party").format(row.reference_name))
		refuse_if(row.account != account, _("{0} stands on another account").format(row.reference_name))
		row.party_type, row.party = party_field.title(), party

	def _settled(self):
		for row in self.accounts:
			if row.reference_type in INVOICES:
				sign = 1 if row.reference_type == "Sales Invoice" else -1
				yield row, (money(row.credit) - money(row.debit)) * sign

	def _line(self, row):
		invoice = row.reference_type in INVOICES
		return Line(
			row.account,
			money(row.debit),
			money(row.credit),
			row.party_type or None,
			row.party or None,
			row.cost_center or None,
			row.reference_type if invoice else None,
			row.reference_name if invoice else None,
			remarks=row.user_remark,
		)
