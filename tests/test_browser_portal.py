"""The patient's way on a phone: books on the website, signs in by a code, reads the result, opens the PDF."""

import re
from datetime import timedelta

import frappe
import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from lab_crm.booking.tests.support import publish_forms
from lab_crm.laboratory import checkin
from lab_crm.laboratory.results import store_result
from lab_crm.laboratory.tests.arrange import Laboratory
from lab_crm.privacy import consents
from lab_crm.utils import clock
from tests.support.clinic import somebody
from tests.support.portal import SECONDS, expect_page, fill_in
from tests.support.stack import wait_for


@pytest.fixture
def lab(site, make, stack) -> Laboratory:
	"""A laboratory that takes bookings and has a patient; seen by everybody."""
	publish_forms()
	laboratory = Laboratory(make)
	make.resource(laboratory.branch.name)
	make.price(laboratory.biochemistry.name, 640)
	frappe.db.commit()
	return laboratory


def report(lab: Laboratory, glucose: str, days: int = 0) -> str:
	"""A final result of a patient, some days old."""
	moment = clock.now() - timedelta(days=days, hours=1)
	values = [lab.glucose(glucose, observed_at=moment), *lab.count(observed_at=moment)]
	result = store_result(lab.order().name, values, "Final", moment)
	frappe.db.commit()
	return result


def sign_in(phone: Page, stack, mobile: str) -> None:
	known = len(stack.sms(mobile))
	phone.goto("/my")
	expect_page(phone, "Вход")
	phone.fill("#mobile", "8" + mobile.removeprefix("+7"))
	phone.keyboard.press("Enter")
	expect_page(phone, "Введите код")
	code = wait_for(lambda: codes(stack, mobile, known), "the code")[-1]
	phone.fill("#code", code)
	phone.keyboard.press("Enter")
	expect(phone.get_by_role("navigation", name="Разделы")).to_be_visible(timeout=SECONDS)


def codes(stack, mobile: str, known: int) -> list[str]:
	"""The codes sent after the first `known` messages."""
	texts = [sms["text"] for sms in stack.sms(mobile)[known:]]
	return [found[1] for text in texts if (found := re.match(r"(\d{6}) ", text))]


def book(phone: Page, lab: Laboratory, person: dict[str, str]) -> str:
	"""Go through the wizard; return the booking."""
	phone.goto("/book")
	phone.fill("#search", lab.biochemistry.name)
	phone.locator(f'input[data-service="{lab.biochemistry.name}"]').check()
	phone.locator(".bar button").click()
	expect_page(phone, "Где")
	phone.locator("button.place", has_text=lab.branch.branch_name).click()
	phone.locator("button.slot").first.click()
	fill_in(phone, person, (consents.PERSONAL, consents.MEDICAL, consents.SERVICE))
	expect_page(phone, "Проверьте")
	phone.locator("p.actions button").click()
	phone.wait_for_url("**/b/*")
	expect_page(phone, "записаны")
	frappe.db.rollback()  # a new snapshot
	return frappe.get_value("Booking", {"branch": lab.branch.name}, "name")


def test_books_comes_signs_in_and_opens_the_pdf(phone, stack, lab, tmp_path):
	person = somebody()
	booking = book(phone, lab, person)
	order = checkin.check_in(booking=booking)["order"]
	result = store_result(order, [lab.glucose("7.5")], "Final", clock.now())
	frappe.db.commit()

	sign_in(phone, stack, person["mobile"])
	expect_page(phone, "Результаты")
	expect(phone.locator("#app")).to_contain_text("1 из 1 вне нормы")
	phone.get_by_role("link", name="Глюкоза").first.click()
	expect(phone.locator("table.values")).to_contain_text("7,5 ммоль/л")
	expect(phone.locator("table.values")).to_contain_text("выше нормы")
	expect_page(phone, "Результат")
	with phone.expect_download() as download:
		phone.get_by_role("link", name="Скачать PDF").click()
	assert re.fullmatch(rf"Результат {result} от [\d.]+\.pdf", download.value.suggested_filename)
	file = tmp_path / "result.pdf"
	download.value.save_as(file)
	check_document(PdfReader(file), person, result)


def check_document(pdf: PdfReader, person: dict[str, str], result: str) -> None:
	text = "\n".join(page.extract_text() for page in pdf.pages)
	name = f"{person['last_name']} {person['first_name']} {person['middle_name']}"
	for part in (name, result, "Глюкоза", "↑", "7,5", "3,9–6,1", f"Страница 1 из {len(pdf.pages)}"):
		assert part in text, part
	links = [note.get_object()["/A"]["/URI"] for note in pdf.pages[-1]["/Annots"]]
	assert any("/v/" in link for link in links)


def test_bookings_are_listed_with_a_way_to_change_them(phone, stack, lab):
	person = somebody()
	book(phone, lab, person)
	sign_in(phone, stack, person["mobile"])
	phone.get_by_role("link", name="Записи").click()
	expect(phone.locator(".rows")).to_contain_text("Глюкоза")
	expect_page(phone, "Записи")
	phone.get_by_role("link", name=re.compile("Перенести")).click()
	phone.wait_for_url("**/b/*")
	expect_page(phone, "записаны")


def test_how_a_value_changed_is_drawn_and_told(phone, stack, lab):
	report(lab, "5.2", days=90)
	result = report(lab, "7.5")
	sign_in(phone, stack, lab.patient.mobile)
	phone.goto(f"/my?result={result}")
	phone.get_by_text("Как менялось").first.click()
	chart = phone.get_by_role("img", name=re.compile("Глюкоза"))
	expect(chart).to_be_visible()
	assert chart.locator(".band").count() == 1 and chart.locator(".dot.off").count() == 1
	phone.get_by_text("Все значения").click()
	expect(phone.locator("figure.trend ul")).to_contain_text("5,2 ммоль/л")
	expect_page(phone, "Результат")


def test_a_parent_chooses_whose_results_to_see(phone, stack, lab, make):
	row = {"relation": "Mother", "patient": lab.patient.name, "is_legal_representative": 1}
	born = (clock.now() - timedelta(days=7 * 365)).date()
	child = make.patient(first_name="Иван", sex="Male", mobile=None, birth_date=born, relations=[row])
	report(lab, "5.2")
	sign_in(phone, stack, lab.patient.mobile)
	expect(phone.locator(".rows")).to_contain_text("Глюкоза")
	phone.get_by_label("Пациент").select_option(label=child.full_name)
	expect(phone.locator("#app")).to_contain_text("Результатов пока нет")
	phone.get_by_role("link", name="Согласия").click()
	phone.get_by_role("button", name=re.compile("Дать согласие: Предложения")).click()
	expect(phone.get_by_role("button", name=re.compile("Отозвать: Предложения"))).to_be_visible()
	expect_page(phone, "Согласия")
	frappe.db.rollback()
	assert consents.has(child.name, consents.MARKETING)
	assert not consents.has(lab.patient.name, consents.MARKETING)


def test_a_wrong_code_is_told_and_opens_nothing(phone, lab):
	phone.goto("/my")
	phone.fill("#mobile", lab.patient.mobile)
	phone.keyboard.press("Enter")
	phone.fill("#code", "12345")
	phone.keyboard.press("Enter")
	expect(phone.get_by_role("alert").first).to_contain_text("6 цифр")
	phone.fill("#code", "000000")
	phone.keyboard.press("Enter")
	expect(phone.get_by_role("alert").first).to_contain_text("Код неверный")
	expect_page(phone, "Введите код")
	phone.reload()
	expect_page(phone, "Вход")


def test_after_signing_out_back_shows_nothing(phone, stack, lab):
	report(lab, "7.5")
	sign_in(phone, stack, lab.patient.mobile)
	phone.get_by_role("link", name="Глюкоза").first.click()
	expect(phone.locator("table.values")).to_contain_text("7,5")
	phone.get_by_role("button", name="Выйти").click()
	expect_page(phone, "Вход")
	phone.go_back()
	phone.wait_for_url("**/my?**")
	expect_page(phone, "Вход")
	expect(phone.locator("body")).not_to_contain_text("Глюкоза")
