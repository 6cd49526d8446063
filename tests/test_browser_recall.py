"""The invitation on a phone: two clicks to the booking, or declined; nothing sticks out at 360 px."""

import re

import frappe
import pytest
from playwright.sync_api import expect

from lab_crm.api.tests.test_recall import invite
from tests.support.clinic import open_clinic

PHONE = {"width": 360, "height": 740}


@pytest.fixture
def invited(site, make, stack):
	clinic = open_clinic()
	make.price(clinic.blood, 640)
	return invite(clinic, make)


@pytest.fixture
def phone(browser, stack):
	context = browser.new_context(
		base_url=stack.web, viewport=PHONE, locale="ru-RU", timezone_id="Europe/Moscow"
	)
	page = context.new_page()
	page.problems = []
	page.on("pageerror", lambda error: page.problems.append(str(error)))
	page.on("request", lambda request: note_foreign(page, request.url, stack.web))
	yield page
	assert not page.problems
	context.close()


def note_foreign(page, url: str, web: str) -> None:
	if not url.startswith((web, "data:", "blob:")):
		page.problems.append(f"a foreign address: {url}")


def fits(page) -> bool:
	return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_two_clicks_book_the_control(phone, invited):
	phone.goto(f"/r/{invited.token}")
	expect(phone.get_by_role("heading", level=1)).to_be_visible()
	assert fits(phone)
	phone.locator("button.slot").first.click()
	assert fits(phone)
	phone.get_by_role("button", name=re.compile("Записаться")).click()
	phone.wait_for_url("**/b/*")
	expect(phone.get_by_role("heading", level=1)).to_contain_text("записаны")
	assert fits(phone)
	frappe.db.rollback()  # a new snapshot
	assert frappe.db.get_value("Recall", invited.name, "status") == "Booked"


def test_back_leads_to_the_invitation(phone, invited):
	phone.goto(f"/r/{invited.token}")
	phone.locator("button.slot").first.click()
	phone.locator("a.back").click()
	expect(phone.locator("button.slot").first).to_be_visible()
	phone.get_by_role("button", name="Мне это не нужно").click()
	phone.go_back()
	expect(phone.locator("button.slot").first).to_be_visible()


def test_declined_by_keyboard_alone(phone, invited):
	phone.goto(f"/r/{invited.token}")
	phone.get_by_role("button", name="Мне это не нужно").press("Enter")
	expect(phone.get_by_role("heading", level=1)).to_have_text("Отказаться от приглашения?")
	assert fits(phone)
	phone.get_by_role("button", name="Отказаться").press("Enter")
	expect(phone.get_by_role("heading", level=1)).to_have_text("Вы отказались от приглашения")
	frappe.db.rollback()  # a new snapshot
	assert frappe.db.get_value("Recall", invited.name, "status") == "Dismissed"
	phone.reload()
	expect(phone.locator("button.slot")).to_have_count(0)
