"""The booking form on a clinic's own site: a second origin, a phone of 360 px, the keyboard, no cookies."""

import re

import frappe
import pytest
from playwright.sync_api import FrameLocator, Page, expect

from lab_crm.booking.tests.support import alter
from tests.support.clinic import Clinic, open_clinic, somebody
from tests.support.foreign_site import foreign_site

SECONDS = 30_000
MARKS = "utm_source=yandex&utm_medium=cpc&utm_campaign=autumn&utm_content=b1&utm_term=анализы"
WEIGHT_LIMIT = 200_000


@pytest.fixture
def clinic(site, stack) -> Clinic:
	"""A branch that everybody sees."""
	return open_clinic()


@pytest.fixture
def phone(browser_page) -> Page:
	"""A page of 360 px."""
	browser_page.set_default_timeout(SECONDS)
	return browser_page


def allow(clinic: Clinic, *origins: str) -> None:
	alter("Lab Branch", clinic.branch, allowed_origins="\n".join(origins))
	frappe.db.commit()


def heading(frame: FrameLocator, text: str) -> None:
	expect(frame.get_by_role("heading", level=1)).to_contain_text(text, timeout=SECONDS)


def type_in(phone: Page, text: str) -> None:
	"""Type where the keyboard is, and move on."""
	phone.keyboard.type(text)
	phone.keyboard.press("Tab")


def to_slot(frame: FrameLocator) -> None:
	"""From the chosen service to the first free time, and take it."""
	heading(frame, "сделать")
	frame.locator(".bar button").click()
	heading(frame, "Когда")
	frame.locator("button.slot").first.click()
	heading(frame, "Кто")


def fill(frame: FrameLocator, person: dict[str, str]) -> None:
	for field in ("last_name", "first_name", "middle_name"):
		frame.locator(f"#{field}").fill(person[field])
	for part, value in zip(("year", "month", "day"), person["birth_date"].split("-"), strict=True):
		frame.locator(f"#birth-{part}").fill(value)
	frame.get_by_label("Женский").check()
	frame.locator("form button[type=submit]").click()
	heading(frame, "связаться")
	frame.locator("#mobile").fill(person["mobile"])
	for box in frame.locator("input[id^=consent-]").all():
		box.check()
	frame.locator("form button[type=submit]").click()
	heading(frame, "Проверьте")


def test_a_patient_books_on_the_site_of_a_clinic(phone, stack, clinic):
	person = somebody()
	with foreign_site(stack.web, branch=clinic.branch, services=clinic.blood) as origin:
		allow(clinic, origin)
		phone.goto(f"{origin}/?{MARKS}")
		frame = phone.frame_locator("iframe")
		to_slot(frame)
		phone.evaluate("labCrmBooking.setSource({call_id: 'call-77', patient: 'nobody asked'})")
		fill(frame, person)
		frame.locator("p.actions button").click()
		heading(frame, "записаны")
		expect(frame.locator("body")).to_contain_text("Натощак")
		phone.wait_for_function("window.booked.length === 1")
		name = phone.evaluate("window.booked[0].booking")
		frame_stays_whole(phone)
		manage = frame.get_by_role("link", name=re.compile("Перенести"))
		with phone.context.expect_page() as opened:
			manage.click()
		expect(opened.value.get_by_role("heading", level=1)).to_contain_text("записаны")
		with phone.expect_download() as download:
			frame.get_by_role("link", name="Добавить в календарь").click()
		assert download.value.suggested_filename == f"{name}.ics"
	frappe.db.rollback()  # a new snapshot
	doc = frappe.get_doc("Booking", name)
	assert (doc.branch, doc.channel, doc.call_id) == (clinic.branch, "Widget", "call-77")
	marks = [doc.get(f"utm_{mark}") for mark in ("source", "medium", "campaign", "term", "content")]
	assert marks == ["yandex", "cpc", "autumn", "анализы", "b1"]


def frame_stays_whole(phone: Page) -> None:
	"""The form is as high as its content, as wide as the phone, and needed no cookie of ours."""
	frame = next(one for one in phone.frames if "/book" in one.url)
	assert frame.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
	phone.wait_for_function(
		"([height]) => Math.abs(document.querySelector('iframe').clientHeight - height) < 3",
		arg=[frame.evaluate("document.body.getBoundingClientRect().height")],
	)
	assert frame.evaluate("document.cookie") == ""


def test_no_cookie_is_kept_in_a_strangers_page(phone, stack, clinic):
	with foreign_site(stack.web, branch=clinic.branch) as origin:
		allow(clinic, origin)
		phone.goto(origin)
		heading(phone.frame_locator("iframe"), "сделать")
		assert phone.context.cookies() == []


def test_another_site_is_refused_and_left_with_a_link(phone, stack, clinic):
	with foreign_site(stack.web, branch=clinic.branch) as origin:
		allow(clinic, "https://clinic.example.ru")
		phone.goto(origin)
		link = phone.get_by_role("link")
		expect(link).to_have_attribute("href", f"{stack.web}/book?branch={clinic.branch}", timeout=SECONDS)
		expect(phone.locator("iframe")).to_have_count(0)
		link.click()
		expect(phone.get_by_role("heading", level=1)).to_contain_text("сделать")


def test_a_site_that_names_another_one_is_refused(phone, stack, clinic):
	"""The address may say what it likes: the browser compares the answer with the page around."""
	allow(clinic, "https://clinic.example.ru")
	with foreign_site(stack.web, branch=clinic.branch) as origin:
		phone.goto(origin)
		phone.set_content(
			f'<iframe src="{stack.web}/book?branch={clinic.branch}&embed=https://clinic.example.ru"></iframe>'
		)
		frame = phone.wait_for_selector("iframe").content_frame()
		frame.wait_for_load_state()
		assert frame.url.startswith("chrome-error:")


def test_the_form_is_filled_by_keyboard_and_says_what_is_wrong(phone, stack, clinic):
	with foreign_site(stack.web, branch=clinic.branch, services=clinic.blood) as origin:
		allow(clinic, origin)
		phone.goto(origin)
		frame = phone.frame_locator("iframe")
		to_slot(frame)
		frame.locator("#last_name").focus()
		phone.keyboard.press("Enter")
		expect(frame.get_by_role("alert")).to_be_focused()
		phone.keyboard.press("Tab")
		phone.keyboard.press("Enter")
		expect(frame.locator("#last_name")).to_be_focused()
		for text in ("Тестова", "Анна", "Тестовна", "14", "3", "1985"):
			type_in(phone, text)
		phone.keyboard.press("Space")
		phone.keyboard.press("Enter")
		heading(frame, "связаться")


def test_the_form_sticks_to_what_is_seen_of_it(phone, stack, clinic):
	"""The frame is higher than the phone; the way on must be at hand all the same."""
	with foreign_site(stack.web, branch=clinic.branch, services=clinic.blood) as origin:
		allow(clinic, origin)
		phone.set_viewport_size({"width": 360, "height": 420})
		phone.goto(origin)
		frame = phone.frame_locator("iframe")
		heading(frame, "сделать")
		assert phone.evaluate("document.activeElement.tagName") == "BODY"  # nobody is pulled to the form
		expect(frame.locator(".bar button")).to_be_in_viewport()
		box = frame.locator(".bar").bounding_box()
		assert box["y"] + box["height"] <= 421


def test_first_view_is_light(phone, stack, clinic):
	"""All that the frame needs before the patient does anything, as it comes over the wire."""
	weights = {}

	def count(response) -> None:
		if response.url.startswith(stack.web):
			weights[response.url] = response.request.sizes()["responseBodySize"]

	with foreign_site(stack.web, branch=clinic.branch) as origin:
		allow(clinic, origin)
		phone.on("requestfinished", lambda request: count(request.response()))
		phone.goto(origin)
		heading(phone.frame_locator("iframe"), "сделать")
		phone.wait_for_load_state("networkidle")
	assert len(weights) > 10
	assert sum(weights.values()) < WEIGHT_LIMIT, weights
