"""Two hundred random documents, and the books still agree with themselves."""

import random
from collections import defaultdict

import frappe
from frappe.utils import today
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from lab_erp.accounts.report.trial_balance import trial_balance
from lab_erp.setup.company import from_wizard
from lab_erp.stock import checker
from lab_erp.tests.factories import Books
from lab_erp.tests.trading import Trader
from lab_erp.utils.money import ZERO, money

STEPS = 200
KINDS = {
	"sale": 5,
	"pay": 5,
	"receive": 4,
	"issue": 4,
	"cancel": 3,
	"advance": 2,
	"give_back": 2,
	"refund": 2,
	"bill": 2,
	"pay_supplier": 2,
	"transfer": 2,
	"write_off": 1,
}


def steps(seed: int) -> list[tuple[str, int, int, int]]:
	"""Return the steps of a seed. (Hypothesis's own lists begin with two hundred times the simplest step.)"""
	chance = random.Random(seed)
	kinds = chance.choices(list(KINDS), list(KINDS.values()), k=STEPS)
	return [
		(kind, chance.randrange(100), chance.randrange(100), chance.randint(1, 500_000)) for kind in kinds
	]


def trader() -> Trader:
	name = f"Торговля {frappe.generate_hash(length=8)}"
	from_wizard(
		{
			"company_name": name,
			"company_abbr": frappe.generate_hash(length=5),
			"currency": "RUB",
			"country": "Russian Federation",
			"chart_of_accounts": "Standard",
		}
	)
	return Trader(Books(name))


def entries(company: str) -> list[frappe._dict]:
	fields = ("account", "debit", "credit", "voucher_no", "party_type", "party", "is_cancelled")
	return frappe.get_all("GL Entry", {"company": company}, fields)


def debits_are_credits(company: str) -> None:
	by_voucher = defaultdict(lambda: ZERO)
	for row in entries(company):
		by_voucher[row.voucher_no, row.is_cancelled] += money(row.debit) - money(row.credit)
	assert {voucher: left for voucher, left in by_voucher.items() if left} == {}


def debts_are_unpaid_invoices(company: str, party_type: str, doctype: str, sign: int, pays: str) -> None:
	owed = defaultdict(lambda: ZERO)
	field = party_type.lower()
	for row in frappe.get_all(doctype, {"company": company, "docstatus": 1}, (field, "outstanding_amount")):
		owed[row[field]] += money(row.outstanding_amount)
	payments = {"company": company, "docstatus": 1, "party_type": party_type}
	for row in frappe.get_all("Payment Entry", payments, ("party", "payment_type", "unallocated_amount")):
		owed[row.party] -= money(row.unallocated_amount) * (1 if row.payment_type == pays else -1)
	booked = defaultdict(lambda: ZERO)
	for row in entries(company):
		if row.party_type == party_type:
			booked[row.party] += (money(row.debit) - money(row.credit)) * sign
	assert {party: booked[party] for party in owed} == dict(owed)
	assert set(booked) <= set(owed)


@settings(max_examples=1, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
def test_the_books_agree_after_200_random_documents(site, seed):
	company = trader()
	for number, step in enumerate(steps(seed), 1):
		company.step(*step)
		if number % 50 == 0:
			agree(company.books.company)
	made = {doctype for doctype, _name in company.done}
	assert len(company.done) > STEPS / 2, f"{company.refused} steps were refused"
	assert len(made) == 6, made


def agree(company: str) -> None:
	debits_are_credits(company)
	debts_are_unpaid_invoices(company, "Customer", "Sales Invoice", 1, "Receive")
	debts_are_unpaid_invoices(company, "Supplier", "Purchase Invoice", -1, "Pay")
	assert list(checker.problems(company)) == []
	total = trial_balance.execute({"company": company, "from_date": "2000-01-01", "to_date": today()})[1][-1]
	assert total["closing_debit"] == total["closing_credit"]
