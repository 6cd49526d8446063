"""A patient by DMS on the desk: the front desk sees who pays and asks for a letter, the accountant approves
it and sends the insurer its register.
"""

from datetime import timedelta
from io import BytesIO

import frappe
import pytest
from openpyxl import load_workbook
from playwright.sync_api import expect

from lab_crm.erp import invoices
from lab_crm.erp.tests import books_of
from lab_crm.erp.tests.insurance import Insurance
from lab_crm.laboratory import checkin
from lab_crm.laboratory.tests.arrange import insert
from lab_crm.utils import clock
from tests.support.desk import SECONDS, desk_of


@pytest.fixture
def insurance(site, make, stack):
	"""A patient insured by DMS whose contract wants letters; everybody sees it."""
	books_of.ready()
	insurance = Insurance(make, programme="Стандарт")
	frappe.db.commit()
	return insurance


def act(page, action: str) -> None:
	"""Take a step of the document's workflow."""
	page.get_by_role("button", name="Действия").click()
	page.get_by_role("link", name=action, exact=True).click()


def fill(page, fieldname: str, value: str) -> None:
	box = page.locator(f".frappe-control[data-fieldname={fieldname}]:visible").first.locator(
		"input, textarea"
	)
	box.first.fill(value)
	box.first.press("Tab")


def test_a_letter_is_requested_from_a_booking_and_approved(browser, stack, insurance):
	booking = insurance.lab.booking(funding="DMS").name
	frappe.db.commit()
	desk = desk_of(browser, stack, "Lab Receptionist")
	desk.goto(f"/app/booking/{booking}")
	expect(desk.locator(".form-message")).to_contain_text("Пациент платит всё, 900", timeout=SECONDS)
	expect(desk.locator(".form-message")).to_contain_text("нет действующего гарантийного письма")
	desk.get_by_role("button", name="Запросить гарантийное письмо").click()
	desk.wait_for_url("**/guarantee-letter/new-*")
	day = clock.now().date()
	fill(desk, "number", "ГП-42")
	fill(desk, "valid_from", day.strftime("%d.%m.%Y"))
	fill(desk, "valid_to", (day + timedelta(days=10)).strftime("%d.%m.%Y"))
	fill(desk, "limit_amount", "5000")
	desk.get_by_role("button", name="Сохранить").click()
	desk.wait_for_url("**/guarantee-letter/GL-*")
	letter = desk.url.rsplit("/", 1)[1]
	office = desk_of(browser, stack, "Lab Accountant")
	office.goto(f"/app/guarantee-letter/{letter}")
	act(office, "Утвердить")
	expect(office.locator(".indicator-pill:visible").first).to_contain_text("Утверждено", timeout=SECONDS)
	desk.goto(f"/app/booking/{booking}")
	expect(desk.locator(".form-message")).to_contain_text("Страховая оплатит всё: 900", timeout=SECONDS)
	frappe.db.rollback()  # a new snapshot
	found = frappe.get_doc("Guarantee Letter", letter)
	assert (found.status, found.limit_amount, found.booking) == ("Approved", 5000, booking)
	assert [(row.service, row.quantity) for row in found.services] == [(insurance.lab.panel.name, 1)]
	for page in (desk, office):
		page.context.close()


def test_a_register_is_collected_sent_and_paid(browser, stack, insurance):
	lab = insurance.lab
	insurance.letter(number="ГП-7", limit_amount=1800)
	visit = checkin.check_in(lab.booking(lab.panel, lab.biochemistry, funding="DMS").name)["visit"]
	invoices.charge(visit)
	day = clock.now().date()
	period = {"period_from": day - timedelta(days=1), "period_to": day + timedelta(days=1)}
	register = insert("Insurer Register", contract=insurance.contract.name, **period).name
	frappe.db.commit()
	page = desk_of(browser, stack, "Lab Accountant")
	page.goto(f"/app/insurer-register/{register}")
	page.get_by_role("button", name="Собрать услуги").click()
	expect(page.locator("#alert-container")).to_contain_text("Услуг в реестре: 2", timeout=SECONDS)
	act(page, "Отправить")
	expect(page.locator(".indicator-pill:visible").first).to_contain_text("Отправлено", timeout=SECONDS)
	answer = page.request.get(f"/api/method/lab_crm.erp.register_files.workbook?register={register}")
	sheet = load_workbook(BytesIO(answer.body())).active
	assert [row[-1] for row in sheet.iter_rows(min_row=8, max_row=9, values_only=True)] == [900, 900]
	act(page, "Принять")
	page.get_by_role("button", name="Записать оплату").click()
	dialog = page.locator(".modal.show", has_text="Оплата от страховой")
	expect(dialog.locator("[data-fieldname=paid_on] input")).not_to_have_value("", timeout=SECONDS)
	fill(dialog, "reference", "ПП-42")
	with page.expect_response(lambda answer: "run_doc_method" in answer.url) as recorded:
		dialog.get_by_role("button", name="Записать оплату").click()
	assert recorded.value.ok, recorded.value.text()
	expect(page.locator(".indicator-pill:visible").first).to_contain_text("Оплачено", timeout=SECONDS)
	frappe.db.rollback()  # a new snapshot
	found = frappe.get_doc("Insurer Register", register)
	assert (found.status, found.accepted) == ("Paid", 1800)
	assert all(invoices.owed(name) == 0 for name in invoices.of_visit(visit))
	page.context.close()
