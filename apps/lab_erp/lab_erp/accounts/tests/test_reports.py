from datetime import date

import pytest
from frappe.desk.query_report import run
from frappe.utils import add_days, today

from lab_erp.accounts.report.accounts_receivable import accounts_receivable
from lab_erp.accounts.report.general_ledger import general_ledger
from lab_erp.accounts.report.profit_and_loss_statement import profit_and_loss_statement
from lab_erp.accounts.report.trial_balance import trial_balance


@pytest.fixture
def year(books):
	return {"company": books.company, "from_date": add_days(today(), -365), "to_date": today()}


def test_general_ledger_runs_to_its_closing(books, plan, year):
	customer = books.customer()
	old = add_days(today(), -400)
	books.invoice(customer, [(books.service(), 1, 100)], posting_date=old, due_date=old)
	invoice = books.invoice(customer, [(books.service(), 1, 250)])
	books.payment(customer, 50, [(invoice.name, 50)])
	_columns, rows = general_ledger.execute({**year, "account": plan.debtors, "party": customer})
	assert [row.get("balance") for row in rows] == [100, 350, 300, 200, 300]


def test_cancelled_entries_are_hidden_unless_asked_for(books, plan, year):
	customer = books.customer()
	books.invoice(customer, [(books.service(), 1, 100)]).cancel()
	given = {**year, "party": customer}
	assert len(general_ledger.execute(given)[1]) == 3
	assert len(general_ledger.execute({**given, "show_cancelled_entries": 1})[1]) == 5


def test_trial_balance_agrees(books, plan, year):
	customer = books.customer()
	invoice = books.invoice(customer, [(books.service(), 1, 250)])
	books.payment(customer, 50, [(invoice.name, 50)])
	_columns, rows = trial_balance.execute(year)
	total = rows[-1]
	for side in ("", "opening_", "closing_"):
		assert total[f"{side}debit"] == total[f"{side}credit"]
	by_account = {row["account"]: row for row in rows}
	assert by_account[plan.debtors]["debit"] >= 250
	roots = [row for row in rows[:-1] if not row["indent"]]
	assert round(sum(row["closing_debit"] - row["closing_credit"] for row in roots), 2) == 0


def test_receivables_by_age(books, plan):
	customer, service = books.customer(), books.service()
	old = add_days(today(), -70)
	late = books.invoice(customer, [(service, 1, 100)], posting_date=old, due_date=old)
	books.invoice(customer, [(service, 1, 40)])
	books.payment(customer, 30, [(late.name, 30)])
	books.payment(customer, 5)
	given = {"company": books.company, "report_date": today(), "customer": customer, "range": "30, 60"}
	columns, rows = accounts_receivable.execute(given)
	assert [row["outstanding"] for row in rows] == [70, -5, 40, 105]
	assert (rows[0]["range3"], rows[0]["age"], rows[2]["range1"]) == (70, 70, 40)
	assert columns[-1]["label"] == "61+"
	assert accounts_receivable.execute({**given, "report_date": old})[1][0]["outstanding"] == 100


def test_profit_and_loss_by_month(books, plan):
	items = [{"item_code": books.service(), "qty": 1, "rate": 900}]
	given = {"company": books.company, "from_date": "2031-01-15", "to_date": "2031-03-10"}
	values = {"customer": books.customer(), "items": items}
	books.submit("Sales Invoice", posting_date="2031-02-01", due_date="2031-02-01", **values)
	books.journal([(plan.expense, 200, 0), (plan.cash, 0, 200)], posting_date="2031-03-05")
	_columns, rows = profit_and_loss_statement.execute({**given, "periodicity": "Monthly"})
	profit = rows[-1]
	assert [profit[f"period_{number}"] for number in (1, 2, 3)] == [0, 900, -200]
	assert profit["total"] == 700


def test_periods():
	assert profit_and_loss_statement.periods("2031-01-15", "2031-03-10", 1) == [
		(date(2031, 1, 15), date(2031, 1, 31)),
		(date(2031, 2, 1), date(2031, 2, 28)),
		(date(2031, 3, 1), date(2031, 3, 10)),
	]


@pytest.mark.parametrize("role", ["Lab Accountant", "Lab Director"])
@pytest.mark.parametrize("report", ["General Ledger", "Trial Balance", "Profit and Loss Statement"])
def test_who_keeps_the_books_may_read_them(books, as_user, year, report, role):
	books.invoice(books.customer(), [(books.service(), 1, 100)])
	with as_user(role):
		assert run(report, year)["result"]
