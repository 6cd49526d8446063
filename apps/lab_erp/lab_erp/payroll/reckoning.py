"""A salary slip reckoned from its parts. No site needed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from lab_erp.payroll import formulas
from lab_erp.payroll.brackets import Bracket, to_withhold
from lab_erp.utils.money import ZERO, money

EARNING, DEDUCTION = "Earning", "Deduction"


@dataclass(frozen=True)
class Part:
	"""A component of pay as a structure has it.

	Args:
		component: its name.
		abbr: the name that formulas call it by.
		kind: `Earning` or `Deduction`.
		fixed: its amount where it has no formula.
		formula: how it is reckoned.
		condition: where it does not hold, the part is left out.
		by_days: paid in proportion to the days worked.
		taxable: counts towards the income tax.
		outside: shown, but no part of the totals (what the employer pays on top).
		hidden: only a figure for formulas.
		income_tax: reckoned by the brackets.
		whole: rounded to whole units of money.
		extra: added to it, or in place of it, from outside the structure.
		replaced: `extra` stands in place of the structure's own amount.
	"""

	component: str
	abbr: str
	kind: str
	fixed: Decimal = ZERO
	formula: str = ""
	condition: str = ""
	by_days: bool = False
	taxable: bool = False
	outside: bool = False
	hidden: bool = False
	income_tax: bool = False
	whole: bool = False
	extra: Decimal = ZERO
	replaced: bool = False


@dataclass(frozen=True)
class Year:
	"""The year so far, before this period: earnings, those that are taxed, and the tax withheld."""

	gross: Decimal = ZERO
	taxable: Decimal = ZERO
	withheld: Decimal = ZERO


@dataclass(frozen=True)
class Pay:
	"""What a slip comes to: (part, amount) rows, and totals. `net` = `gross` less `deducted`, exactly."""

	rows: list[tuple[Part, Decimal]]
	gross: Decimal
	deducted: Decimal

	@property
	def net(self) -> Decimal:
		return self.gross - self.deducted


def reckon(
	parts: Sequence[Part],
	names: Mapping[str, Any],
	share: Decimal,
	brackets: Sequence[Bracket] = (),
	year: Year | None = None,
) -> Pay:
	"""Reckon every part: earnings, then what is shown outside the totals, then deductions.

	Args:
		parts: of the structure and beside it.
		names: what formulas may name; parts reckoned before add themselves by their abbreviations.
		share: paid days of the days to work.
		brackets: of the income tax.
		year: the year so far.

	Raises:
		FormulaRefused: a formula or a condition that cannot be reckoned.
	"""
	year = year or Year()
	known = {**names, "gross_before": year.gross, "gross_pay": ZERO, "taxable_pay": ZERO}
	known["gross_year_to_date"] = year.gross
	rows: list[tuple[Part, Decimal]] = []
	inside = [part for part in parts if part.kind == EARNING and not part.outside]
	for part in inside:
		_add(rows, part, known, share)
	gross = sum((amount for part, amount in rows), ZERO)
	taxable = sum((amount for part, amount in rows if part.taxable), ZERO)
	known.update(gross_pay=gross, taxable_pay=taxable, gross_year_to_date=year.gross + gross)
	for part in [one for one in parts if one not in inside]:
		if part.income_tax and not part.replaced:
			tax = to_withhold(brackets, year.taxable, taxable, year.withheld)
			part_amount = _rounded(part, tax) + part.extra
			known[part.abbr] = part_amount
			rows.append((part, part_amount))
		else:
			_add(rows, part, known, share)
	deducted = sum((amount for part, amount in rows if part.kind == DEDUCTION and not part.outside), ZERO)
	return Pay(rows, gross, deducted)


def _add(rows: list[tuple[Part, Decimal]], part: Part, known: dict[str, Any], share: Decimal) -> None:
	amount = part.extra
	if not part.replaced:
		known.setdefault(part.abbr, ZERO)
		if part.condition and not formulas.evaluate(part.condition, known) and not part.extra:
			return
		own = formulas.amount(part.formula, known) if part.formula else part.fixed
		amount += own * share if part.by_days else own
	amount = _rounded(part, amount)
	known[part.abbr] = amount
	if not part.hidden:
		rows.append((part, amount))


def _rounded(part: Part, amount: Decimal) -> Decimal:
	return money(amount.quantize(Decimal(1), rounding="ROUND_HALF_UP")) if part.whole else money(amount)
