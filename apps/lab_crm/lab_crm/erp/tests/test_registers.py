"""Registers for insurers (F80): a billed service stands in one of them, to the kopeck; refusals; payments."""

from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import frappe
import pytest
from frappe.model.workflow import apply_workflow
from openpyxl import load_workbook

from lab_crm.erp import balance, counterparts, invoices, payers, register_files, register_paper
from lab_crm.erp.tests import books_of
from lab_crm.erp.tests.insurance import POLICY, Insurance, fresh
from lab_crm.erp.tests.test_guarantee import arrive, billed
from lab_crm.erp.tests.test_till import refused
from lab_crm.laboratory.tests.arrange import insert
from lab_crm.utils import clock

pytestmark = pytest.mark.usefixtures("kept")
D = Decimal
NEXT, PATIENT = "To the Next Register", "Billed to the Patient"


@pytest.fixture
def insurance(make, noon):
	books_of.ready()
	insurance = Insurance(make, price_list="Тест-ДМС", number="Д-17/26", signed_on="2026-01-12")
	make.price(insurance.lab.panel.name, "755.55", funding="DMS", price_list="Тест-ДМС")
	return insurance


def opened(insurance, **fields):
	"""A draft of the days around today."""
	day = clock.now().date()
	period = {"period_from": day - timedelta(days=1), "period_to": day + timedelta(days=1)}
	return insert("Insurer Register", **{"contract": insurance.contract.name, **period, **fields})


def stored(register):
	return frappe.get_doc("Insurer Register", register.name)


def collected(insurance, **fields):
	register = opened(insurance, **fields)
	register.collect()
	return stored(register)


def answered(register, action: str, refusals: dict[int, str] | None = None):
	"""Send a register and write the insurer's answer: row number → why it was refused."""
	apply_workflow(stored(register), "Send")
	doc = stored(register)
	for number, reason in (refusals or {}).items():
		doc.rows[number - 1].update({"decision": "Refused", "reason": reason})
	doc.save()
	apply_workflow(stored(register), action)
	return stored(register)


class TestCollect:
	def test_it_holds_what_the_insurer_was_billed_for(self, insurance):
		lab, letter = insurance.lab, insurance.letter(number="ГП-7", limit_amount="1655.55")
		visit = arrive(insurance, lab.panel, lab.biochemistry, lab.blood_count)
		register = collected(insurance)
		assert [(row.service, row.amount, row.visit) for row in register.rows] == [
			(lab.panel.name, 755.55, visit),
			(lab.biochemistry.name, 900, visit),
		]
		row = register.rows[0]
		assert (row.patient_name, row.policy_number, row.letter, row.letter_number) == (
			lab.patient.full_name,
			POLICY,
			letter.name,
			"ГП-7",
		)
		assert (row.service_date, row.quantity) == (clock.now().date(), 1)
		assert (register.row_count, D(str(register.total))) == (2, D("1655.55"))

	def test_each_service_stands_in_one_register(self, insurance):
		insurance.letter()
		arrive(insurance)
		first, second = collected(insurance), collected(insurance)
		assert (first.row_count, second.row_count) == (1, 0)
		arrive(insurance)
		second.collect()
		first.collect()
		assert (stored(first).row_count, stored(second).row_count) == (1, 1)
		names = {stored(one).rows[0].name for one in (first, second)}
		frappe.delete_doc("Insurer Register", first.name)
		second.collect()
		assert stored(second).row_count == 2 and names & {row.name for row in stored(second).rows}

	def test_the_database_itself_keeps_a_service_in_one_register(self, insurance):
		insurance.letter()
		arrive(insurance)
		register, other = collected(insurance), opened(insurance)
		other.append("rows", {"row_key": register.rows[0].row_key})
		other.flags.collecting = True
		with pytest.raises(frappe.UniqueValidationError):
			other.save()

	def test_what_is_returned_leaves_the_draft_and_stops_the_sending(self, insurance):
		insurance.letter()
		lab = insurance.lab
		visit = arrive(insurance, lab.panel, lab.biochemistry)
		register = collected(insurance)
		invoices.take_back(visit, [lab.panel.name], "test")
		refused("REGISTER_STALE", apply_workflow, stored(register), "Send")
		register.collect()
		assert [row.service for row in stored(register).rows] == [lab.biochemistry.name]
		apply_workflow(stored(register), "Send")

	def test_other_insurers_periods_and_payers_stay_out(self, insurance, make):
		other = Insurance(make)
		other.letter()
		arrive(other)
		insurance.letter(limit_amount="755.55")
		lab = insurance.lab
		arrive(insurance, lab.panel, lab.biochemistry)  # the second is the patient's
		day = clock.now().date()
		before = {"period_from": day - timedelta(days=40), "period_to": day - timedelta(days=10)}
		assert collected(insurance, **before).row_count == 0
		assert [row.service for row in collected(insurance).rows] == [lab.panel.name]

	def test_programmes_of_one_insurer_have_registers_of_their_own(self, insurance):
		terms = {**insurance.numbered(), "insurer": insurance.insurer, "programme": "Премиум"}
		premium = insert("Insurer Contract", **terms)
		insurance.letter(contract=premium.name)
		arrive(insurance)
		assert collected(insurance).row_count == 0
		assert collected(insurance, contract=premium.name).row_count == 1


class TestStates:
	def test_people_change_nothing_but_what_is_theirs(self, insurance, as_user):
		insurance.letter()
		arrive(insurance)
		with as_user("Lab Accountant"):
			register = collected(insurance)
			doc = stored(register)
			doc.rows[0].icd10 = "Z00.0"
			doc.save()
			for change in ({"amount": 1}, {"decision": "Accepted"}, {"row_key": "x"}):
				doc = stored(register)
				doc.rows[0].update(change)
				refused("ROWS_FIXED", doc.save)
			doc = stored(register)
			doc.append("rows", {"service": insurance.lab.panel.name, "amount": 100})
			refused("ROWS_FIXED", doc.save)
			apply_workflow(stored(register), "Send")
			doc = stored(register)
			doc.set("rows", [])
			refused("ROWS_FIXED", doc.save)
			refused("REGISTER_SENT", register.collect)
			refused("PAYMENT_KEPT", frappe.delete_doc, "Insurer Register", register.name)
			assert stored(register).rows[0].icd10 == "Z00.0"

	def test_an_empty_one_is_not_sent(self, insurance):
		refused("REGISTER_EMPTY", apply_workflow, collected(insurance), "Send")

	def test_refusals_need_reasons_and_an_acceptance_in_part(self, insurance):
		insurance.letter()
		arrive(insurance)
		register = collected(insurance)
		refused("NOTHING_REFUSED", answered, register, "Accept in Part")
		doc = stored(register)
		doc.rows[0].decision = "Refused"
		doc.save()
		refused("ROWS_REFUSED", apply_workflow, stored(register), "Accept")
		refused("REASON_REQUIRED", apply_workflow, stored(register), "Accept in Part")

	@pytest.mark.parametrize("role", ["Lab Receptionist", "Lab Operator", "Lab Nurse", "Lab Administrator"])
	def test_others_do_not_see_it(self, insurance, as_user, role):
		register = opened(insurance)
		with as_user(role):
			for file in (register_files.workbook, register_files.paper, register_files.oms_xml):
				with pytest.raises(frappe.PermissionError):
					file(register.name)

	def test_the_period_must_not_end_before_it_starts(self, insurance):
		refused("PERIOD_INVALID", opened, insurance, period_to="2001-01-01")


class TestRefused:
	@pytest.fixture
	def register(self, insurance):
		lab, self.letter = insurance.lab, insurance.letter(limit_amount="1655.55")
		self.visit = arrive(insurance, lab.panel, lab.biochemistry)
		return answered(collected(insurance), "Accept in Part", {1: "Нет направления"})

	def test_the_sums_say_what_was_accepted(self, register):
		sums = [D(str(register.get(field))) for field in ("total", "accepted", "refused")]
		assert sums == [D("1655.55"), D("900.00"), D("755.55")]
		assert [row.decision for row in register.rows] == ["Refused", "Accepted"]

	def test_corrected_it_goes_to_the_next_register(self, register, insurance):
		register.settle(register.rows[0].name, NEXT)
		again = collected(insurance)
		assert [row.service for row in again.rows] == [insurance.lab.panel.name]
		assert not again.rows[0].decision
		refused("ROW_SETTLED", register.settle, register.rows[0].name, PATIENT)
		refused("ROW_NOT_REFUSED", register.settle, register.rows[1].name, NEXT)
		refused("NO_ROW", register.settle, again.rows[0].name, NEXT)

	def test_the_patient_is_billed_at_the_price_of_the_visit(self, register, insurance):
		refused("BAD_DECISION", register.settle, register.rows[0].name, "")
		register.settle(register.rows[0].name, PATIENT)
		lab = insurance.lab
		assert billed(self.visit) == ([lab.biochemistry.name], [lab.panel.name])
		assert balance.of_patient(lab.patient.name).owed == D("900.00")
		assert fresh(self.letter).used_amount == 900
		assert collected(insurance).row_count == 0
		assert invoices.owed(invoices.of_patient(self.visit, "DMS")) == D("900.00")

	def test_the_payment_settles_what_was_accepted(self, register, insurance, as_user):
		day = clock.now().date()
		with as_user("Lab Accountant"):
			entry = register.record_payment(str(day), "ПП-42")
			refused("NOT_ACCEPTED", register.record_payment, str(day), "ПП-42")
		paid = frappe.get_doc("Payment Entry", entry)
		assert (paid.paid_amount, paid.unallocated_amount, paid.reference_no) == (900, 0, "ПП-42")
		invoice = counterparts.of("Visit", self.visit, invoices.ROLE)
		assert invoices.owed(invoice) == D("755.55")
		register = stored(register)
		assert (register.status, register.paid_on, register.payment_entry) == (
			"Paid",
			day,
			entry,
		)
		register.settle(register.rows[0].name, PATIENT)
		assert invoices.owed(invoice) == 0
		customer = payers.insurer("DMS", insurance.insurer)
		assert balance.of_customer(customer).owed == 0 and books_of.is_balanced(customer)

	def test_a_payment_has_a_number_and_waits_for_the_answer(self, register, insurance):
		refused("REFERENCE_REQUIRED", register.record_payment, str(clock.now().date()), " ")
		arrive(insurance)
		draft = collected(insurance)
		refused("NOT_ACCEPTED", draft.record_payment, str(clock.now().date()), "ПП-43")


class TestFiles:
	@pytest.fixture
	def register(self, insurance):
		insurance.contract.update({"legal_name": "АО «Тестовое страхование»", "inn": "7700000000"})
		insurance.contract.save()
		insurance.letter(number="ГП-7")
		lab = insurance.lab
		arrive(insurance, lab.panel, lab.biochemistry)
		return collected(insurance)

	def test_the_workbook_can_be_counted(self, register, insurance, as_user):
		with as_user("Lab Accountant"):
			register_files.workbook(register.name)
		sheet = load_workbook(BytesIO(frappe.local.response.filecontent)).active
		lines = list(sheet.iter_rows(values_only=True))
		assert register.name in lines[0][0] and "АО «Тестовое страхование», ИНН 7700000000" in lines[2][0]
		assert "Договор № Д-17/26 от 12.01.2026" in lines[3][0]
		head = next(number for number, line in enumerate(lines) if line[0] == "№")
		rows = lines[head + 1 : head + 3]
		columns = dict(zip(lines[head], rows[0], strict=True))
		assert columns["Пациент"] == insurance.lab.patient.full_name
		assert (columns["Полис"], columns["Гарантийное письмо"]) == (POLICY, "ГП-7")
		assert columns["Дата услуги"].date() == clock.now().date()
		assert [row[-1] for row in rows] == [755.55, 900]
		total = lines[head + 3]
		assert total[0] == "Итого" and total[-1] == f"=SUM(L{head + 2}:L{head + 3})"
		assert any("1 655,55" in str(line[0]).replace("\u00a0", " ") for line in lines[head + 4 :])
		assert any("Одна тысяча шестьсот пятьдесят пять рублей 55 копеек" == line[0] for line in lines)

	def test_a_text_never_becomes_a_formula(self, register):
		register.rows[0].patient_name = "=HYPERLINK()"
		sheet = load_workbook(BytesIO(register_paper.workbook(register))).active
		assert not [cell for row in sheet.iter_rows() for cell in row if str(cell.value).startswith("=HY")]

	def test_the_paper_is_a_pdf_and_the_print_format_says_the_same(self, register):
		register_files.paper(register.name)
		assert frappe.local.response.filecontent.startswith(b"%PDF")
		html = frappe.get_print("Insurer Register", register.name, print_format="Insurer Register")
		for text in (register.name, "ГП-7", "Одна тысяча шестьсот пятьдесят пять рублей 55 копеек"):
			assert text in html
