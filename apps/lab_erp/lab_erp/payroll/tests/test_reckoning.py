from datetime import date
from decimal import Decimal

import pytest

from lab_erp.payroll.brackets import Bracket, to_withhold, year_tax
from lab_erp.payroll.days import count
from lab_erp.payroll.reckoning import DEDUCTION, EARNING, Part, Year, reckon


def D(value: object) -> Decimal:
	return Decimal(str(value))


BRACKETS = [Bracket(D(0), D(2400000), D(13)), Bracket(D(2400000), None, D(15))]


@pytest.mark.parametrize(("earned", "tax"), [(0, 0), (100000, 13000), (2400000, 312000), (2500000, 327000)])
def test_tax_of_the_year(earned, tax):
	assert year_tax(BRACKETS, D(earned)) == D(tax)


def test_the_month_that_crosses_a_bracket():
	assert to_withhold(BRACKETS, D(2350000), D(100000), D(305500)) == D(14000)
	assert to_withhold(BRACKETS, D(100000), D(0), D(20000)) == 0


def test_days():
	holidays = {date(2026, 3, 1), date(2026, 3, 7)}
	marks = {date(2026, 3, 2): "Absent", date(2026, 3, 3): "Half Day", date(2026, 3, 7): "Present"}
	days = count(date(2026, 3, 1), date(2026, 3, 10), holidays, marks, (date(2020, 1, 1), None))
	assert (days.working, days.absent, days.payment) == (D(9), D("1.5"), D("7.5"))


def test_days_before_and_after_the_employment():
	employed = (date(2026, 3, 3), date(2026, 3, 4))
	days = count(date(2026, 3, 1), date(2026, 3, 10), (), {}, employed)
	assert days.payment == 2


def test_unmarked_days_that_are_not_paid():
	employed = (date(2020, 1, 1), None)
	days = count(date(2026, 3, 1), date(2026, 3, 2), (), {date(2026, 3, 1): "Present"}, employed, False)
	assert days.payment == 1


def test_a_slip():
	parts = [
		Part("Basic", "B", EARNING, formula="base", by_days=True, taxable=True),
		Part("Help", "H", EARNING, fixed=D(4000)),
		Part("Figure", "F", EARNING, fixed=D(7), hidden=True),
		Part("Tax", "T", DEDUCTION, income_tax=True, whole=True),
		Part("Fee", "U", DEDUCTION, formula="B * 0.01 + F", condition="B > 1000"),
		Part("Never", "N", DEDUCTION, fixed=D(9), condition="B < 0"),
		Part("On top", "C", EARNING, formula="gross_pay * 0.3", outside=True),
	]
	pay = reckon(parts, {"base": D(60000)}, D("0.5"), BRACKETS)
	rows = {part.component: amount for part, amount in pay.rows}
	assert rows == {
		"Basic": D("30000.00"),
		"Help": D("4000.00"),
		"Tax": D("3900.00"),
		"Fee": D("307.00"),
		"On top": D("10200.00"),
	}
	assert (pay.gross, pay.deducted, pay.net) == (D(34000), D(4207), D(29793))


def test_an_amount_from_outside_is_added_or_stands_in_place():
	added = Part("Bonus", "X", EARNING, fixed=D(100), extra=D(50))
	instead = Part("Bonus", "X", EARNING, fixed=D(100), extra=D(50), replaced=True)
	assert reckon([added], {}, D(1)).gross == 150
	assert reckon([instead], {}, D(1)).gross == 50


def test_the_year_is_known_to_formulas():
	part = Part("Contribution", "C", EARNING, formula="gross_year_to_date - gross_before", outside=True)
	pay = reckon([Part("Basic", "B", EARNING, fixed=D(10)), part], {}, D(1), year=Year(gross=D(90)))
	assert pay.rows[1][1] == 10
