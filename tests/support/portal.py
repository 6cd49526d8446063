"""The patient's pages on a phone, as the browser tests use them."""

import re

import frappe
from playwright.sync_api import Page, expect

from lab_crm.booking.tests.support import publish_forms
from lab_crm.laboratory.tests.arrange import Laboratory
from lab_crm.privacy import consents
from tests.support.stack import wait_for

SECONDS = 30_000


def foreign(url: str, web: str) -> list[str]:
	"""Return a problem if an address is not the stack's own."""
	return [] if url.startswith((web, "data:", "blob:")) else [f"a foreign address: {url}"]


def expect_page(phone: Page, heading: str) -> None:
	"""The page with this heading is there, and nothing of it sticks out."""
	expect(phone.get_by_role("heading", level=1)).to_contain_text(heading, timeout=SECONDS)
	assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), heading


def fill_in(phone: Page, person: dict[str, str], purposes: tuple[str, ...]) -> None:
	"""Say in the wizard who comes, how to reach them and what they agree to."""
	expect_page(phone, "Кто")
	for field in ("last_name", "first_name", "middle_name"):
		phone.fill(f"#{field}", person[field])
	for part, value in zip(("year", "month", "day"), person["birth_date"].split("-"), strict=True):
		phone.fill(f"#birth-{part}", value)
	phone.get_by_label("Женский").check()
	phone.keyboard.press("Enter")
	phone.fill("#mobile", person["mobile"])
	for purpose in purposes:
		phone.locator(f"#consent-{consents.slug(purpose)}").check()
	phone.locator("form button[type=submit]").click()


def open_laboratory(make) -> Laboratory:
	"""Return a laboratory that takes bookings and has a patient; seen by everybody."""
	publish_forms()
	laboratory = Laboratory(make)
	make.resource(laboratory.branch.name)
	make.price(laboratory.biochemistry.name, 640)
	frappe.db.commit()
	return laboratory


def sign_in(phone: Page, stack, mobile: str) -> None:
	"""Sign in to the personal account by a code from an SMS."""
	known = len(stack.sms(mobile))
	phone.goto("/my")
	expect_page(phone, "Вход")
	phone.fill("#mobile", "8" + mobile.removeprefix("+7"))
	phone.keyboard.press("Enter")
	expect_page(phone, "Введите код")
	code = wait_for(lambda: _codes(stack, mobile, known), "the code")[-1]
	phone.fill("#code", code)
	phone.keyboard.press("Enter")
	expect(phone.get_by_role("navigation", name="Разделы")).to_be_visible(timeout=SECONDS)


def _codes(stack, mobile: str, known: int) -> list[str]:
	"""The codes sent after the first `known` messages."""
	texts = [sms["text"] for sms in stack.sms(mobile)[known:]]
	return [found[1] for text in texts if (found := re.match(r"(\d{6}) ", text))]
