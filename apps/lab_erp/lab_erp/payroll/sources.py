"""What a salary slip is made from: structure, days, additional salaries, and the year so far."""

from datetime import date, timedelta
from decimal import Decimal

import frappe
from frappe import _
from frappe.utils import cint, flt, get_first_day, get_time, getdate

from lab_erp.payroll.brackets import Bracket
from lab_erp.payroll.days import Days, count
from lab_erp.payroll.reckoning import DEDUCTION, EARNING, Part, Year
from lab_erp.utils.errors import refuse_if
from lab_erp.utils.money import ZERO, exact, money

USUAL_HOURS = Decimal(8)
EMPLOYEE_NAMES = ("department", "designation", "company", "gender", "status")


def assignment(employee: str, on: date | str):
	"""Return the structure assignment of an employee that holds on a day.

	Raises:
		Refused: there is none.
	"""
	names = frappe.get_all(
		"Salary Structure Assignment",
		{"employee": employee, "docstatus": 1, "from_date": ("<=", getdate(on))},
		pluck="name",
		order_by="from_date desc, creation desc",
		limit=1,
	)
	refuse_if(not names, _("{0} has no salary structure on that day").format(employee))
	return frappe.get_doc("Salary Structure Assignment", names[0])


def days(employee, start: date, end: date) -> Days:
	"""Count an employee's days in a period.

	Args:
		employee: the Employee document.
		start: first day.
		end: last day.
	"""
	settings = frappe.get_cached_doc("Payroll Settings")
	marks = {row.attendance_date: row.status for row in attendance(employee.name, start, end)}
	if settings.payroll_based_on == "Leave":
		marks = {}
	relieved = getdate(employee.relieving_date) if employee.relieving_date else None
	return count(
		start,
		end,
		holidays(employee, start, end),
		marks,
		(getdate(employee.date_of_joining), relieved),
		settings.payroll_based_on == "Leave" or settings.consider_unmarked_attendance_as != "Absent",
		exact(settings.daily_wages_fraction_for_half_day or 0.5),
		bool(cint(settings.include_holidays_in_total_working_days)),
	)


def attendance(employee: str, start: date, end: date) -> list[frappe._dict]:
	"""Return the submitted attendance of a period."""
	return frappe.get_all(
		"Attendance",
		{"employee": employee, "docstatus": 1, "attendance_date": ("between", (start, end))},
		("attendance_date", "status", "working_hours", "shift"),
	)


def holidays(employee, start: date, end: date) -> set[date]:
	"""Return the holidays of a period: of the employee's own list, else of the company's."""
	own = employee.holiday_list or frappe.get_cached_value(
		"Company", employee.company, "default_holiday_list"
	)
	if not own:
		return set()
	filters = {"parent": own, "holiday_date": ("between", (start, end))}
	return set(frappe.get_all("Holiday", filters, pluck="holiday_date"))


def hours(employee: str, start: date, end: date) -> tuple[Decimal, Decimal]:
	"""Return the hours worked in a period, and how many of them were beyond the shifts."""
	worked, beyond = Decimal(0), Decimal(0)
	for row in attendance(employee, start, end):
		done = exact(row.working_hours)
		worked += done
		beyond += max(done - _shift_hours(row.shift), Decimal(0))
	return worked, beyond


def parts(structure, employee: str, start: date, end: date) -> list[Part]:
	"""Return the parts of a slip: of the structure, and additional salaries beside or in place of them."""
	extras = _additional(employee, start, end)
	found = []
	for kind, rows in ((EARNING, structure.earnings), (DEDUCTION, structure.deductions)):
		for row in rows:
			component = frappe.get_cached_doc("Salary Component", row.salary_component)
			found.append(_part(kind, row, component, extras.pop(row.salary_component, None)))
	for name, (amount, _replaces) in extras.items():
		component = frappe.get_cached_doc("Salary Component", name)
		found.append(_part(component.type, frappe._dict(amount=0), component, (amount, True)))
	return found


def names(employee, given, counted: Days, start: date, end: date, hour_rate: float) -> dict:
	"""Return what formulas may name.

	Args:
		employee: the Employee document.
		given: the Salary Structure Assignment.
		counted: days of the period.
		start: first day.
		end: last day.
		hour_rate: of the structure.
	"""
	worked, beyond = hours(employee.name, start, end)
	return {
		"base": exact(given.base),
		"variable": exact(given.variable),
		"hour_rate": exact(hour_rate),
		"total_working_days": counted.working,
		"payment_days": counted.payment,
		"absent_days": counted.absent,
		"total_working_hours": worked,
		"overtime_hours": beyond,
		**{name: employee.get(name) or "" for name in EMPLOYEE_NAMES},
	}


def brackets(slab: str | None) -> list[Bracket]:
	"""Return the brackets of an Income Tax Slab."""
	if not slab:
		return []
	doc = frappe.get_cached_doc("Income Tax Slab", slab)
	return [
		Bracket(
			money(row.from_amount),
			money(row.to_amount) if flt(row.to_amount) else None,
			exact(row.percent_deduction),
		)
		for row in doc.slabs
	]


def year_so_far(employee: str, company: str, start: date, given) -> Year:
	"""Return the calendar year's earnings and tax before a period, with the assignment's opening amounts."""
	since = get_first_day(start).replace(month=1)
	slips = frappe.get_all(
		"Salary Slip",
		{
			"employee": employee,
			"company": company,
			"docstatus": 1,
			"start_date": ("between", (since, start - timedelta(days=1))),
		},
		("name", "gross_pay"),
	)
	opens_now = getdate(given.from_date).year == start.year
	taxable = money(given.taxable_earnings_till_date) if opens_now else ZERO
	withheld = money(given.tax_deducted_till_date) if opens_now else ZERO
	rows = frappe.get_all(
		"Salary Detail",
		{
			"parent": ("in", [slip.name for slip in slips] or [""]),
			"parenttype": "Salary Slip",
			"do_not_include_in_total": 0,
		},
		("amount", "parentfield", "is_tax_applicable", "variable_based_on_taxable_salary"),
	)
	earned = (money(row.amount) for row in rows if row.parentfield == "earnings" and row.is_tax_applicable)
	taken = (money(row.amount) for row in rows if row.variable_based_on_taxable_salary)
	gross = sum((money(slip.gross_pay) for slip in slips), ZERO)
	return Year(gross, taxable + sum(earned, ZERO), withheld + sum(taken, ZERO))


def _additional(employee: str, start: date, end: date) -> dict[str, tuple[Decimal, bool]]:
	fields = ("salary_component", "amount", "overwrite_salary_structure_amount", "is_recurring")
	rows = frappe.get_all(
		"Additional Salary",
		{"employee": employee, "docstatus": 1, "disabled": 0},
		(*fields, "payroll_date", "from_date", "to_date"),
	)
	found: dict[str, tuple[Decimal, bool]] = {}
	for row in rows:
		first, last = (
			(row.from_date, row.to_date) if row.is_recurring else (row.payroll_date, row.payroll_date)
		)
		if first and getdate(first) <= end and (not last or getdate(last) >= start):
			before, replaces = found.get(row.salary_component, (ZERO, False))
			replaces = replaces or bool(cint(row.overwrite_salary_structure_amount))
			found[row.salary_component] = (before + money(row.amount), replaces)
	return found


def _part(kind: str, row, component, extra: tuple[Decimal, bool] | None) -> Part:
	by_formula = row.get("amount_based_on_formula") and row.get("formula")
	return Part(
		component.name,
		component.salary_component_abbr,
		kind,
		money(row.get("amount")),
		row.formula if by_formula else "",
		row.get("condition") or "",
		bool(cint(component.depends_on_payment_days)),
		bool(cint(component.is_tax_applicable)) and kind == EARNING,
		bool(cint(component.do_not_include_in_total)),
		bool(cint(component.statistical_component)),
		bool(cint(component.variable_based_on_taxable_salary)) and kind == DEDUCTION,
		bool(cint(component.round_to_the_nearest_integer)),
		*(extra or ()),
	)


def _shift_hours(shift: str | None) -> Decimal:
	if not shift:
		return USUAL_HOURS
	start, end = frappe.get_cached_value("Shift Type", shift, ("start_time", "end_time"))
	first, last = get_time(str(start)), get_time(str(end))
	minutes = (last.hour * 60 + last.minute) - (first.hour * 60 + first.minute)
	return Decimal(minutes + (1440 if minutes <= 0 else 0)) / 60
