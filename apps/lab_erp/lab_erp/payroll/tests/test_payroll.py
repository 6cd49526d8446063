from decimal import Decimal

import frappe
import pytest

from lab_erp.utils.errors import Refused

START, END = "2031-03-01", "2031-03-31"


@pytest.fixture
def structure(books):
	name = f"Структура {frappe.generate_hash(length=6)}"
	doc = frappe.new_doc("Salary Structure")
	doc.update({"company": books.company, "hour_rate": 400})
	doc.name = name
	for component in ("Basic", "Overtime", "Social Contributions"):
		doc.append("earnings", {"salary_component": component})
	for component in ("Income Tax", "Social Contributions Payable"):
		doc.append("deductions", {"salary_component": component})
	doc.insert()
	doc.submit()
	return doc.name


@pytest.fixture
def hire(books, structure):
	def make(base=100000, **fields):
		values = {
			"gender": "Female",
			"date_of_birth": "1990-01-01",
			"date_of_joining": "2020-01-01",
			**fields,
		}
		employee = books.insert("Employee", first_name="Тест", last_name="Сотрудница", **values)
		books.submit(
			"Salary Structure Assignment",
			employee=employee.name,
			salary_structure=structure,
			from_date="2030-01-01",
			base=base,
			income_tax_slab=f"НДФЛ - {books.doc.abbr}",
		)
		return employee.name

	return make


@pytest.fixture
def mark(books):
	def make(employee, day, status="Present", **fields):
		return books.submit("Attendance", employee=employee, attendance_date=day, status=status, **fields)

	return make


def slip(books, employee, start=START, end=END):
	return books.insert("Salary Slip", employee=employee, start_date=start, end_date=end, posting_date=end)


def amounts(doc):
	return {row.salary_component: row.amount for row in (*doc.earnings, *doc.deductions)}


def test_a_plain_month(books, hire):
	doc = slip(books, hire())
	assert amounts(doc) == {
		"Basic": 100000,
		"Overtime": 0,
		"Social Contributions": 30000,
		"Income Tax": 13000,
		"Social Contributions Payable": 30000,
	}
	assert (doc.gross_pay, doc.total_deduction, doc.net_pay) == (100000, 13000, 87000)


def test_absence_and_overtime(books, hire, mark):
	employee = hire(base=31000)
	mark(employee, "2031-03-03", "Absent")
	mark(employee, "2031-03-04", working_hours=10)
	doc = slip(books, employee)
	assert (doc.total_working_days, doc.payment_days) == (31, 30)
	assert (amounts(doc)["Basic"], amounts(doc)["Overtime"]) == (30000, 1200)


def test_overtime_is_beyond_the_shift(books, hire, mark):
	employee = hire(base=31000)
	shift = frappe.new_doc("Shift Type")
	shift.update({"start_time": "20:00:00", "end_time": "08:00:00"})
	shift.name = f"Ночь {frappe.generate_hash(length=6)}"
	shift.insert()
	books.submit("Shift Assignment", employee=employee, shift_type=shift.name, start_date=START)
	assert mark(employee, "2031-03-04", working_hours=13).shift == shift.name
	assert amounts(slip(books, employee))["Overtime"] == 600


def test_commission_beside_the_structure_and_a_bonus(books, hire):
	employee = hire()
	for amount in (700, 300):
		books.submit(
			"Additional Salary",
			employee=employee,
			salary_component="Commission",
			amount=amount,
			payroll_date="2031-03-20",
		)
	books.submit(
		"Additional Salary", employee=employee, salary_component="Bonus", amount=5, payroll_date="2031-04-20"
	)
	doc = slip(books, employee)
	assert amounts(doc)["Commission"] == 1000
	assert (doc.gross_pay, amounts(doc)["Income Tax"]) == (101000, 13130)


def test_tax_of_the_year_crosses_its_bracket(books, hire):
	employee = hire(base=2350000)
	slip(books, employee, "2031-01-01", "2031-01-31").submit()
	doc = slip(books, employee, "2031-02-01", "2031-02-28")
	assert amounts(doc)["Income Tax"] == 312000 + 345000 - 305500
	assert amounts(doc)["Social Contributions"] == pytest.approx((2979000 - 2350000) * 0.30 + 1721000 * 0.151)


def test_one_slip_of_a_period(books, hire):
	employee = hire()
	slip(books, employee)
	with pytest.raises(Refused):
		slip(books, employee, "2031-03-15", "2031-04-14")


def test_one_mark_of_a_day(books, hire, mark):
	employee = hire()
	mark(employee, "2031-03-04")
	with pytest.raises(Refused):
		mark(employee, "2031-03-04", "Absent")


def test_nobody_is_paid_without_a_structure(books):
	values = {"gender": "Male", "date_of_birth": "1990-01-01", "date_of_joining": "2020-01-01"}
	employee = books.insert("Employee", first_name="Тест", **values)
	with pytest.raises(Refused):
		slip(books, employee.name)


def account_of(component: str, books) -> str:
	"""The account of a salary component, whatever the plan of accounts calls it."""
	account = frappe.db.get_value(
		"Salary Component Account", {"parent": component, "company": books.company}, "account"
	)
	assert account, component
	return account


def test_payroll_for_everyone_is_posted_and_undone(books, hire):
	department = books.insert("Department", department_name=f"Отдел {frappe.generate_hash(length=6)}").name
	people = [hire(base=base, department=department) for base in (100000, 50000)]
	fields = {"department": department, "start_date": START, "end_date": END, "posting_date": END}
	entry = books.insert("Payroll Entry", **fields)
	entry.submit()
	assert sorted(row.employee for row in entry.employees) == sorted(people)
	entry.submit_salary_slips()
	entry.submit_salary_slips()
	journals = set(frappe.get_all("Salary Slip", {"payroll_entry": entry.name}, pluck="journal_entry"))
	(journal,) = journals
	posted = {
		account: debit - credit
		for account, debit, credit in books.entries(frappe.get_doc("Journal Entry", journal))
	}
	assert posted == {
		account_of("Basic", books): Decimal(150000),
		account_of("Social Contributions", books): Decimal(45000),
		account_of("Social Contributions Payable", books): Decimal(-45000),
		account_of("Income Tax", books): Decimal(-19500),
		books.doc.default_payroll_payable_account: Decimal(-130500),
	}
	entry.reload()
	entry.cancel()
	assert frappe.db.get_value("Journal Entry", journal, "docstatus") == 2
	assert not frappe.db.exists("Salary Slip", {"payroll_entry": entry.name, "docstatus": 1})


def test_salary_is_paid_out(books, hire):
	employee = hire()
	payment = books.payment(employee, 87000, party_type="Employee", payment_type="Pay")
	assert payment.paid_to == books.doc.default_payroll_payable_account


def test_weekly_days_off_are_not_worked(books, hire):
	holidays = books.insert(
		"Holiday List",
		holiday_list_name=f"Выходные {frappe.generate_hash(length=6)}",
		from_date="2031-01-01",
		to_date="2031-12-31",
		weekly_off="Sunday",
	)
	holidays.get_weekly_off_dates()
	holidays.save()
	doc = slip(books, hire(holiday_list=holidays.name))
	assert (doc.total_working_days, doc.payment_days, doc.gross_pay) == (26, 26, 100000)
