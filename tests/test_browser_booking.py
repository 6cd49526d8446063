"""The wizard on a phone: several services, a panel that saves, preparation, a time that went, the link."""

import re
from datetime import datetime, timedelta

import frappe
import pytest
from playwright.sync_api import Page, expect

from lab_crm.booking import service as bookings
from lab_crm.booking.tests.support import GIVEN
from lab_crm.utils import clock
from tests.support.clinic import Clinic, open_clinic, somebody
from tests.support.factories import Factories

SECONDS = 30_000


@pytest.fixture
def clinic(site, stack) -> Clinic:
	"""A branch with one chair and one doctor, with prices."""
	opened = open_clinic()
	make = Factories()
	make.price(opened.blood, 600)
	make.price(opened.visit, 1500)
	frappe.db.commit()
	return opened


@pytest.fixture
def phone(browser_page) -> Page:
	"""A page of 360 px on which no script fails."""
	problems = []
	browser_page.set_default_timeout(SECONDS)
	browser_page.on("pageerror", lambda error: problems.append(str(error)))
	yield browser_page
	assert not problems


def heading(phone: Page, text: str) -> None:
	expect(phone.get_by_role("heading", level=1)).to_contain_text(text, timeout=SECONDS)
	assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), text


def fill(phone: Page, person: dict[str, str]) -> None:
	"""From "who" to "check"."""
	heading(phone, "Кто")
	for field in ("last_name", "first_name", "middle_name"):
		phone.fill(f"#{field}", person[field])
	for part, value in zip(("year", "month", "day"), person["birth_date"].split("-"), strict=True):
		phone.fill(f"#birth-{part}", value)
	phone.get_by_label("Женский").check()
	phone.keyboard.press("Enter")
	heading(phone, "связаться")
	phone.fill("#mobile", person["mobile"])
	for box in phone.locator("input[id^=consent-]").all():
		box.check()
	phone.locator("form button[type=submit]").click()
	heading(phone, "Проверьте")


def booked(phone: Page, clinic: Clinic):
	phone.wait_for_url("**/b/*")
	heading(phone, "записаны")
	frappe.db.rollback()  # a new snapshot
	filters = {"branch": clinic.branch, "status": "Booked"}
	return frappe.get_doc("Booking", frappe.get_all("Booking", filters, pluck="name")[0])


def take(clinic: Clinic, services: list[str], start: str) -> None:
	"""Somebody else is quicker."""
	bookings.create(clinic.branch, services, datetime.fromisoformat(start), somebody(), GIVEN)
	frappe.db.commit()


def test_several_services_in_one_visit_with_the_preparation_of_each(phone, clinic):
	phone.goto(f"/book?branch={clinic.branch}&services={clinic.blood},{clinic.visit}")
	heading(phone, "сделать")
	expect(phone.locator("#basket .basket-list li")).to_have_count(2)
	expect(phone.locator("#basket .total")).to_contain_text("2 100")
	phone.locator(".bar button").click()
	heading(phone, "Когда")
	phone.locator("button.slot").first.click()
	fill(phone, somebody())
	expect(phone.locator(".note", has_text="подготовиться")).to_contain_text("Натощак, 8 часов без еды.")
	expect(phone.locator("dl.facts")).to_contain_text("2 100")
	phone.locator("p.actions button").click()
	doc = booked(phone, clinic)
	assert [row.service for row in doc.services] == [clinic.blood, clinic.visit]
	assert [leg.kind for leg in doc.legs] == ["Collection", "Consultation"]
	assert doc.legs[0].end <= doc.legs[1].start <= doc.legs[0].end + timedelta(minutes=30)


def test_a_panel_that_costs_less_is_offered_with_the_saving_in_roubles(phone, clinic):
	make = Factories()
	second = make.service().name
	items = [{"service": clinic.blood}, {"service": second}]
	panel = make.service(kind="Panel", service_name="Тестовый комплекс", panel_items=items)
	make.price(second, 500)
	make.price(panel.name, 900)
	frappe.db.commit()
	phone.goto(f"/book?branch={clinic.branch}&services={clinic.blood},{second}")
	offer = phone.locator("#basket .note")
	expect(offer).to_contain_text("Тестовый комплекс")
	expect(offer).to_contain_text(re.compile(r"200\s₽"))
	offer.get_by_role("button").click()
	expect(phone.locator("#basket .basket-list li")).to_have_count(1)
	expect(phone.locator("#basket .total")).to_contain_text(re.compile(r"900\s₽"))


def test_a_time_that_went_gives_way_to_the_nearest_and_nothing_is_typed_again(phone, clinic):
	phone.goto(f"/book?branch={clinic.branch}&services={clinic.visit}")
	heading(phone, "сделать")
	phone.locator(".bar button").click()
	heading(phone, "Когда")
	phone.locator("button.slot").first.click()
	fill(phone, somebody())
	chosen = phone.evaluate("JSON.parse(sessionStorage.getItem('lab.book')).slot.start")
	take(clinic, [clinic.visit], chosen)
	phone.locator("p.actions button").click()
	heading(phone, "Когда")
	alert = phone.get_by_role("alert")
	expect(alert).to_contain_text("заняли")
	assert alert.locator("button.slot").count() >= 3
	alert.locator("button.slot").first.click()
	heading(phone, "Проверьте")
	phone.locator("p.actions button").click()
	phone.wait_for_url("**/b/*")
	heading(phone, "записаны")


def test_a_link_with_a_time_leads_to_it_or_to_what_is_near(phone, clinic):
	start = clinic.at(1, 10)
	query = f"branch={clinic.branch}&services={clinic.visit}&specialist={clinic.doctor}&channel=Aggregator"
	address = f"/book?{query}&start={start.replace('+', '%2B')}"
	phone.goto(address)
	fill(phone, somebody())
	phone.locator("p.actions button").click()
	doc = booked(phone, clinic)
	assert (clock.to_zone(doc.start, clinic.zone).isoformat(), doc.channel) == (start, "Aggregator")
	phone.evaluate("sessionStorage.clear()")
	phone.goto(address)
	heading(phone, "Когда")
	alert = phone.get_by_role("alert")
	expect(alert).to_contain_text("заняли")
	expect(alert.locator("button.slot").first).to_contain_text("09:30")


def test_the_link_moves_cancels_and_gives_a_calendar_file(phone, clinic):
	moment = datetime.fromisoformat(clinic.at(2, 9))
	doc = bookings.create(clinic.branch, [clinic.visit], moment, somebody(), GIVEN)
	frappe.db.commit()
	path = f"/b/{bookings.manage_token(doc)}"
	phone.goto(path)
	with phone.expect_download() as download:
		phone.get_by_role("link", name="Добавить в календарь").click()
	text = download.value.path().read_text(encoding="utf-8")
	assert "BEGIN:VEVENT" in text and "SEQUENCE:" in text
	phone.get_by_role("link", name="Перенести").click()
	heading(phone, "другое время")
	phone.locator("label.day:not(.empty)").last.click()
	phone.locator("button.slot").last.click()
	phone.get_by_role("button", name="Перенести").click()
	phone.wait_for_url("**?done=moved")
	frappe.db.rollback()
	assert frappe.db.get_value("Booking", doc.name, "start") > doc.start
	phone.get_by_role("link", name="Отменить").click()
	phone.get_by_role("button", name="Отменить").click()
	expect(phone.get_by_role("alert")).to_contain_text("причину")
	phone.get_by_label("Время не подходит").check()
	phone.get_by_role("button", name="Отменить").click()
	phone.wait_for_url("**?done=cancelled")
	frappe.db.rollback()
	assert frappe.db.get_value("Booking", doc.name, "status") == "Cancelled"
	assert not frappe.db.count("Slot Claim", {"booking": doc.name})
