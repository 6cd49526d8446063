"""What sales and purchase invoices share: posting, returns, advances, cancelling."""

from decimal import Decimal

import frappe
from frappe import _
from frappe.utils import flt, getdate, money_in_words

from lab_erp.accounts import advances, ledger, outstanding
from lab_erp.accounts.defaults import item_default, party_account
from lab_erp.accounts.posting import Line, credit, debit
from lab_erp.accounts.priced import Priced
from lab_erp.utils.errors import refuse_if
from lab_erp.utils.money import ZERO, money


class Invoice(Priced):
	"""Base of both invoices; the class attributes say which side of trade it is.

	`account_field` holds the party's account, `item_account` a line's; `sign` is 1 where the party owes us.
	"""

	account_field = ""
	account_type = ""
	item_account = ""
	company_item_account = ""
	sign = 1

	def validate(self):
		super().validate()
		self._accounts()
		self._dates()
		self._return()
		advances.check(self)
		self.outstanding_amount = float(self._first_outstanding()) if not self.docstatus.is_cancelled() else 0
		self.in_words = money_in_words(abs(self.grand_total), self.currency)
		self.status = "Draft" if self.docstatus.is_draft() else self.status

	def on_submit(self):
		ledger.post(self, self.lines(), self.remarks)
		outstanding.write(self.doctype, self.name, self, money(self.outstanding_amount))
		if self._lowers_original:
			outstanding.settle(self.doctype, self.return_against, -money(self.grand_total), beyond=True)
		elif self.is_return and self.return_against:
			outstanding.settle(self.doctype, self.return_against, ZERO, beyond=True)
		advances.take(self)
		self.reload_money()

	def before_cancel(self):
		returned = frappe.db.exists(self.doctype, {"return_against": self.name, "docstatus": 1})
		refuse_if(returned, _("Cancel the return {0} first").format(returned))

	def on_cancel(self):
		self.ignore_linked_doctypes = ("GL Entry", "Payment Entry")
		advances.release(self)
		ledger.reverse(self)
		if self._lowers_original:
			outstanding.settle(self.doctype, self.return_against, money(self.grand_total), beyond=True)
		self.db_set({"status": "Cancelled", "outstanding_amount": 0})

	def lines(self) -> list[Line]:
		"""Return what the invoice posts."""
		party = {"party_type": self.party_type, "party": self.get(self.party_field)}
		against = self.return_against if self._lowers_original else self.name
		party.update({"against_voucher_type": self.doctype, "against_voucher": against})
		ours, theirs = (debit, credit) if self.sign > 0 else (credit, debit)
		posted = [ours(self.get(self.account_field), self.grand_total, cost_center=self.cost_center, **party)]
		for row in self.items:
			posted.append(theirs(row.get(self.item_account), row.net_amount, cost_center=row.cost_center))
		for row in self.taxes:
			sign = -1 if row.get("add_deduct_tax") == "Deduct" else 1
			amount = money(row.tax_amount_after_discount_amount) * sign
			posted.append(theirs(row.account_head, amount, cost_center=row.cost_center))
		return posted

	def reload_money(self):
		"""Take over what the database says is owed."""
		values = frappe.db.get_value(self.doctype, self.name, ("outstanding_amount", "status"))
		self.outstanding_amount, self.status = values

	@property
	def _lowers_original(self) -> bool:
		return bool(self.is_return and self.return_against and not self.update_outstanding_for_self)

	def _first_outstanding(self) -> Decimal:
		return ZERO if self._lowers_original else money(self.grand_total)

	def _accounts(self):
		party = self.get(self.party_field)
		account = self.get(self.account_field) or party_account(self.party_type, party, self.company)
		self.set(self.account_field, account)
		refuse_if(not account, _("{0} is needed").format(_(self.meta.get_label(self.account_field))))
		kind = frappe.get_cached_value("Account", account, "account_type")
		refuse_if(kind != self.account_type, _("{0} is not an account of such debts").format(account))
		self.party_account_currency = self.currency
		for row in self.items:
			row.set(self.item_account, row.get(self.item_account) or self.default_item_account(row))

	def default_item_account(self, row) -> str | None:
		"""Return the account of a line that names none."""
		own = row.item_code and item_default(row.item_code, self.company, self.item_account)
		return own or frappe.get_cached_value("Company", self.company, self.company_item_account)

	def _dates(self):
		self.due_date = self.due_date or self.posting_date
		early = getdate(self.due_date) < getdate(self.posting_date)
		refuse_if(early and not self.is_return, _("The due date is before the posting date"))

	def _return(self):
		negative = any(flt(row.qty) < 0 for row in self.items)
		refuse_if(negative and not self.is_return, _("Only a return has negative quantities"))
		if not self.is_return:
			self.return_against = None
			refuse_if(flt(self.grand_total) < 0, _("An invoice cannot come to less than nothing"))
			return
		refuse_if(any(flt(row.qty) > 0 for row in self.items), _("A return has negative quantities"))
		if self.return_against:
			self._not_more_than_sold()

	def _not_more_than_sold(self):
		fields = ("docstatus", self.party_field, "company", "grand_total")
		original = frappe.db.get_value(
			self.doctype, self.return_against, fields, as_dict=True, for_update=True
		)
		same = original and original.docstatus == 1 and original.company == self.company
		same = same and original[self.party_field] == self.get(self.party_field)
		refuse_if(not same, _("{0} is not an invoice of the same party").format(self.return_against))
		before = frappe.get_all(
			self.doctype,
			filters={"return_against": self.return_against, "docstatus": 1, "name": ("!=", self.name)},
			pluck="grand_total",
		)
		total = -sum((money(value) for value in (*before, self.grand_total)), ZERO)
		refuse_if(
			total > money(original.grand_total),
			_("More is returned than {0} came to").format(self.return_against),
		)
