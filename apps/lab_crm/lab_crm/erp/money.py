"""Money in the ERP: Payment Entries that receive it and give it back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import frappe
from frappe import _

from lab_crm.erp import books, counterparts
from lab_crm.utils.errors import Refusal

CASH, CARD, SBP, ONLINE, TRANSFER = "Cash", "Card", "SBP", "Online", "Transfer"
# Our words → the Modes of Payment that may stand for them, and their type.
MODES = {
	CASH: (("Cash",), "Cash"),
	CARD: (("Credit Card",), "Bank"),
	SBP: (("SBP",), "Bank"),
	ONLINE: (("Online Payment",), "Bank"),
	TRANSFER: (("Wire Transfer",), "Bank"),
}
BANK_ACCOUNT = "Acquiring and SBP"


@dataclass(frozen=True)
class Sum:
	"""Money that changes hands.

	Args:
		customer: whose.
		amount: above zero.
		mode: `CASH`, `CARD`, `SBP`, `ONLINE` or `TRANSFER`.
		day: when.
		reference: number of the payment outside (of the terminal, the provider).
		invoices: Sales Invoice → the part of the sum that settles it; what is left is an advance.
		cost_center: of the branch.
		remarks: for the accountant.
	"""

	customer: str
	amount: Decimal
	mode: str
	day: date
	reference: str
	invoices: Mapping[str, Decimal] = field(default_factory=dict)
	cost_center: str | None = None
	remarks: str = ""


def receive(given: Sum) -> str:
	"""Post money that a customer has paid; return the Payment Entry."""
	accounts = {"paid_from": receivable(given.customer), "paid_to": account(given.mode)}
	return _post(given, "Receive", accounts, given.invoices)


def give_back(given: Sum) -> str:
	"""Post money that goes back to a customer; return the Payment Entry.

	Its invoices are returns: what the laboratory owes on them.
	"""
	accounts = {"paid_from": account(given.mode), "paid_to": receivable(given.customer)}
	parts = {name: -part for name, part in given.invoices.items()}
	return _post(given, "Pay", accounts, parts)


def receivable(customer: str) -> str:
	"""Return the account that a customer's debts stand on: its own, its group's, the company's."""
	group = frappe.db.get_value("Customer", customer, "customer_group")
	for parenttype, parent in (("Customer", customer), ("Customer Group", group)):
		filters = {"parenttype": parenttype, "parent": parent, "company": books.company()}
		own = frappe.db.get_value("Party Account", filters, "account")
		if own:
			return own
	return books.setting("default_receivable_account")


def mode(kind: str) -> str:
	"""Return the Mode of Payment of one of our kinds, made if there is none."""
	names, type_ = MODES[kind]
	for name in names:
		for word in (name, _(name, lang="ru"), _(name, lang="en")):
			if frappe.db.exists("Mode of Payment", word):
				return word
	doc = books.new("Mode of Payment", mode_of_payment=_(names[0], lang="ru"), type=type_)
	return doc.insert(ignore_permissions=True).name  # safe: the bridge's own master


def account(kind: str) -> str:
	"""Return the account that money of a kind comes to: of its mode, of the company, or one made for it.

	Raises:
		Refusal: NO_CASH_ACCOUNT (409): the company has no account of cash.
	"""
	own = {"parent": mode(kind), "company": books.company()}
	field_ = "default_cash_account" if kind == CASH else "default_bank_account"
	found = frappe.db.get_value("Mode of Payment Account", own, "default_account") or books.setting(field_)
	if found:
		return found
	if kind == CASH:
		raise Refusal("NO_CASH_ACCOUNT", _("The company has no account of cash"), status=409)
	return counterparts.once("Company", books.company(), "bank account", "Account", _bank_account)


def _bank_account() -> str:
	# A plan of accounts of ERPNext has a group for banks and no account in it.
	filters = {"company": books.company(), "account_type": "Bank"}
	leaf = frappe.db.get_value("Account", {**filters, "is_group": 0})
	if leaf:
		return leaf
	parent = frappe.db.get_value("Account", {**filters, "is_group": 1})
	title = _(BANK_ACCOUNT, lang="ru")
	doc = books.new("Account", account_name=title, parent_account=parent, account_type="Bank", is_group=0)
	return doc.insert(ignore_permissions=True).name  # safe: the bridge's own master


def _post(given: Sum, kind: str, accounts: Mapping[str, str], invoices: Mapping[str, Decimal]) -> str:
	amount = float(given.amount)
	doc = books.new(
		"Payment Entry",
		payment_type=kind,
		posting_date=given.day,
		party_type="Customer",
		party=given.customer,
		mode_of_payment=mode(given.mode),
		paid_amount=amount,
		received_amount=amount,
		source_exchange_rate=1,
		target_exchange_rate=1,
		reference_no=given.reference[:140],
		reference_date=given.day,
		cost_center=given.cost_center or books.setting("cost_center"),
		custom_remarks=1,
		remarks=given.remarks,
		**accounts,
	)
	currency = books.setting("default_currency")
	doc.update({"paid_from_account_currency": currency, "paid_to_account_currency": currency})
	for row in _references(invoices):
		doc.append("references", row)
	with books.as_system():
		return books.submit(doc).name


def _references(invoices: Mapping[str, Decimal]) -> Sequence[dict]:
	return [
		{
			"reference_doctype": "Sales Invoice",
			"reference_name": name,
			"allocated_amount": float(part),
			"exchange_rate": 1,
		}
		for name, part in invoices.items()
		if part
	]
