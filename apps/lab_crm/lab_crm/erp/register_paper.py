"""A register on paper and as a workbook: the same head, columns and total in both."""

from io import BytesIO
from typing import Any

import frappe
from frappe import _
from frappe.utils import getdate
from num2words import num2words
from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter

from lab_crm.erp import books, registers
from lab_crm.laboratory import pdf

DAY = "%d.%m.%Y"
DATE_FORMAT, MONEY_FORMAT = "DD.MM.YYYY", "#,##0.00"
# Width of each column in characters; the guarantee letter is for DMS only.
WIDTHS = {
	"idx": 5,
	"patient_name": 30,
	"birth_date": 11,
	"policy_number": 18,
	"letter_number": 14,
	"service_date": 11,
	"code": 14,
	"service_name": 40,
	"icd10": 8,
	"quantity": 7,
	"price": 12,
	"amount": 13,
}
DATES, SUMS = ("birth_date", "service_date"), ("price", "amount")
HEAD_LINES = 5


def contents(register) -> dict[str, Any]:
	"""Return what a register says; called by its print format.

	Args:
		register: the Insurer Register.

	Returns:
		`title`, `contract`, `period`, `payer`, `performer` (texts), `columns` ([field, heading]), `rows`
		(values by field), `total` (Decimal), `total_text`, `total_words`, `count`.
	"""
	contract = frappe.get_doc("Insurer Contract", register.contract)
	total = registers.totals(register.rows)["total"]
	day = getdate(register.sent_on) if register.sent_on else getdate(register.creation)
	return {
		"title": _("Register of medical services No. {0} of {1}", lang="ru").format(
			register.name, day.strftime(DAY)
		),
		"contract": _contract_text(contract),
		"period": _("Period: {0} – {1}", lang="ru").format(
			getdate(register.period_from).strftime(DAY), getdate(register.period_to).strftime(DAY)
		),
		"payer": _party(contract.legal_name or contract.insurer, contract.inn, contract.kpp),
		"performer": _party(*_performer()),
		"columns": _columns(contract.funding),
		"rows": [_values(row) for row in register.rows],
		"total": total,
		"total_text": money_text(total),
		"total_words": words(total),
		"count": len(register.rows),
	}


def words(amount) -> str:
	"""Write an amount of roubles in Russian words, with a capital."""
	text = num2words(amount, lang="ru", to="currency", currency="RUB", separator="", cents=False)
	return text[:1].upper() + text[1:]


def money_text(amount) -> str:
	"""Write an amount as accountants do: 12 345,67."""
	return f"{books.money(amount):,.2f}".replace(",", "\u00a0").replace(".", ",")


def workbook(register) -> bytes:
	"""Return a register as an xlsx: numbers are numbers and dates are dates, so that it can be counted."""
	said = contents(register)
	book = Workbook()
	sheet = book.active
	sheet.title = _("Register", lang="ru")
	performer = f"{_('Performer', lang='ru')}: {said['performer']}"
	payer = f"{_('Payer', lang='ru')}: {said['payer']}"
	for line in (said["title"], performer, payer, said["contract"], said["period"]):
		sheet.append([line])
	sheet["A1"].font = Font(bold=True, size=13)
	sheet.append([])
	sheet.append([heading for _field, heading in said["columns"]])
	for row in said["rows"]:
		sheet.append([_cell(field, row[field]) for field, _heading in said["columns"]])
	_add_total(sheet, said)
	_lay_out(sheet, said["columns"])
	buffer = BytesIO()
	book.save(buffer)
	return buffer.getvalue()


def paper(register) -> bytes:
	"""Return a register as a PDF with numbered pages."""
	said = contents(register)
	body = frappe.render_template("lab_crm/templates/print/insurer_register.html", {"r": said})
	return pdf.render_html(pdf.page(body, said["title"], said["title"]))


def _columns(funding: str) -> list[tuple[str, str]]:
	"""Return the columns of a register: field, heading."""
	headings = {
		"idx": _("No. (short)", lang="ru"),
		"patient_name": _("Patient", lang="ru"),
		"birth_date": _("Birth Date", lang="ru"),
		"policy_number": _("Policy", lang="ru"),
		"letter_number": _("Guarantee Letter", lang="ru"),
		"service_date": _("Date of Service", lang="ru"),
		"code": _("Code", lang="ru"),
		"service_name": _("Service", lang="ru"),
		"icd10": _("ICD-10", lang="ru"),
		"quantity": _("Quantity (short)", lang="ru"),
		"price": _("Price, ₽", lang="ru"),
		"amount": _("Amount, ₽", lang="ru"),
	}
	return [(field, text) for field, text in headings.items() if funding == "DMS" or field != "letter_number"]


def _values(row) -> dict[str, Any]:
	values = {field: row.get(field) or "" for field in WIDTHS}
	values["code"] = row.nmu_code or row.service
	for field in DATES:
		values[field] = getdate(row.get(field)) if row.get(field) else None
	for field in SUMS:
		values[field] = books.money(row.get(field))
	return values


def _cell(field: str, value: Any) -> Any:
	# A code or a number of a policy stays a text; a text that begins like a formula is none.
	text = isinstance(value, str) and value[:1] in "=+-@" and value
	return f"'{value}" if text else value


def _add_total(sheet, said: dict[str, Any]) -> None:
	last = len(said["columns"])
	first, end = HEAD_LINES + 3, HEAD_LINES + 2 + said["count"]
	total = sheet.max_row + 1
	sheet.cell(total, 1, _("Total (of a table)", lang="ru")).font = Font(bold=True)
	cell = sheet.cell(total, last, f"=SUM({get_column_letter(last)}{first}:{get_column_letter(last)}{end})")
	cell.font, cell.number_format = Font(bold=True), MONEY_FORMAT
	sheet.cell(
		total + 1,
		1,
		_("Services: {0}. To be paid: {1} ₽", lang="ru").format(said["count"], said["total_text"]),
	)
	sheet.cell(total + 2, 1, said["total_words"])
	sheet.cell(total + 4, 1, _("For the laboratory", lang="ru") + " ____________________")
	sheet.cell(total + 4, max(last - 4, 2), _("For the insurer", lang="ru") + " ____________________")


def _lay_out(sheet, columns: list) -> None:
	head = HEAD_LINES + 2
	thin = Side(style="thin", color="808080")
	for number, (field, _heading) in enumerate(columns, 1):
		sheet.column_dimensions[get_column_letter(number)].width = WIDTHS[field]
		for line in range(head, sheet.max_row - 4 + 1):
			cell = sheet.cell(line, number)
			cell.border = Border(thin, thin, thin, thin)
			cell.alignment = Alignment(wrap_text=True, vertical="top")
			if line > head and field in DATES:
				cell.number_format = DATE_FORMAT
			if line > head and field in SUMS:
				cell.number_format = MONEY_FORMAT
		sheet.cell(head, number).font = Font(bold=True)
	sheet.freeze_panes = sheet.cell(head + 1, 1)
	sheet.print_title_rows = f"{head}:{head}"
	sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
	sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
	sheet.sheet_properties.pageSetUpPr.fitToPage = True


def _contract_text(contract) -> str:
	text = _("Contract No. {0}", lang="ru").format(contract.number)
	if contract.signed_on:
		day = getdate(contract.signed_on).strftime(DAY)
		text = _("Contract No. {0} of {1}", lang="ru").format(contract.number, day)
	if contract.programme:
		text = f"{text}, {_('programme «{0}»', lang='ru').format(contract.programme)}"
	return f"{text} ({_(contract.funding, lang='ru')})"


def _party(name: str, inn: str | None, kpp: str | None = None) -> str:
	numbers = [f"ИНН {inn}" if inn else "", f"КПП {kpp}" if kpp else ""]
	return ", ".join(filter(None, (name, *numbers)))


def _performer() -> tuple[str, str | None]:
	"""Who renders the services: the company whose books are kept."""
	name = books.company()
	settings = frappe.get_cached_doc("ERP Settings")
	return name, settings.company_inn
