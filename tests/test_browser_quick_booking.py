"""Quick booking as an operator on the phone does it: by the keyboard alone, against the clock."""

import re
import time
from datetime import datetime

import frappe
import pytest
from playwright.sync_api import Page, expect

from lab_crm.booking.tests.support import GIVEN, fresh
from lab_crm.privacy import consents
from tests.support.clinic import Clinic, open_clinic
from tests.support.desk import SECONDS, desk_of
from tests.support.factories import Factories, random_digits

MOST_KEYS, MOST_SECONDS = 40, 30


class Keyboard:
	"""The only way in: every key pressed is counted."""

	def __init__(self, page: Page):
		self.page = page
		self.pressed = 0

	def type(self, text: str) -> None:
		for key in text:
			self.press(key)

	def press(self, key: str) -> None:
		self.page.keyboard.press(key) if len(key) > 1 or key.isascii() else self.page.keyboard.type(key)
		self.pressed += 1


@pytest.fixture
def clinic(site, stack) -> Clinic:
	return open_clinic()


@pytest.fixture
def page(browser, stack, clinic):
	opened = desk_of(browser, stack, "Lab Operator")
	opened.set_viewport_size({"width": 1280, "height": 1000})
	opened.add_init_script(f"localStorage.setItem('lab_crm:quick_booking:branch', '{clinic.branch}')")
	opened.goto("/app/quick-booking")
	expect(part(opened, "phone")).to_be_focused(timeout=SECONDS)
	yield opened
	opened.context.close()


def part(page: Page, name: str):
	return page.locator(f"[data-part={name}]")


def known(phone: str, **fields):
	"""A patient with a card and consents, seen by everybody."""
	patient = Factories().patient(mobile=f"+7{phone}", **fields)
	consents.give_all(patient.name, GIVEN, "подпись")
	frappe.db.commit()
	return patient


def new_phone() -> str:
	return f"900{random_digits(7)}"


def take_patient(page: Page, keys: Keyboard, phone: str) -> None:
	"""The only patient of a phone."""
	keys.type(phone)
	keys.press("Enter")
	expect(part(page, "service")).to_be_focused(timeout=SECONDS)


def take_time(page: Page, keys: Keyboard, clinic: Clinic) -> None:
	"""A service and its first free time; the last button waits."""
	keys.type(clinic.visit.lower())
	keys.press("Enter")
	expect(part(page, "chosen").locator("button")).to_have_count(1, timeout=SECONDS)
	keys.press("Enter")
	keys.press("Enter")
	expect(part(page, "book")).to_be_focused(timeout=SECONDS)


def choose_time(page: Page, keys: Keyboard, clinic: Clinic) -> None:
	"""From the services to the end, with the first free time."""
	take_time(page, keys, clinic)
	keys.press("Enter")
	expect(part(page, "done")).to_be_visible(timeout=SECONDS)


def booking_of(page: Page):
	link = part(page, "done_text").locator("a").get_attribute("href")
	frappe.db.rollback()
	return frappe.get_doc("Booking", link.rsplit("/", 1)[-1])


def test_a_known_patient_is_booked_in_forty_keys_and_thirty_seconds(page, clinic, record_property):
	phone = new_phone()
	patient = known(phone)
	keys, began = Keyboard(page), time.monotonic()
	take_patient(page, keys, phone)
	choose_time(page, keys, clinic)
	seconds = time.monotonic() - began
	record_property("keystrokes", keys.pressed)
	record_property("seconds", round(seconds, 1))
	print(f"\nquick booking of a known patient: {keys.pressed} keystrokes, {seconds:.1f} s")
	assert keys.pressed <= MOST_KEYS
	assert seconds <= MOST_SECONDS
	doc = booking_of(page)
	assert (doc.patient, doc.branch, doc.status, doc.channel) == (
		patient.name,
		clinic.branch,
		"Booked",
		"Phone",
	)
	assert [row.service for row in doc.services] == [clinic.visit]


def test_a_twin_is_chosen_by_name_and_birth_date(page, clinic):
	phone = new_phone()
	known(phone, last_name="Близнецова", first_name="Анна", birth_date="2015-05-01")
	second = known(phone, last_name="Близнецова", first_name="Вера", birth_date="2015-05-01")
	keys = Keyboard(page)
	keys.type(phone)
	rows = part(page, "patients").get_by_role("option")
	expect(rows).to_have_count(3, timeout=SECONDS)
	expect(rows.nth(1)).to_contain_text(re.compile(r"Близнецова Вера .*01\.05\.2015"))
	keys.press("ArrowDown")
	keys.press("Enter")
	expect(part(page, "service")).to_be_focused()
	choose_time(page, keys, clinic)
	assert booking_of(page).patient == second.name


def test_a_new_patient_gets_a_card_and_is_asked_for_the_consents(page, clinic):
	phone, keys = new_phone(), Keyboard(page)
	keys.type(phone)
	expect(part(page, "patients")).to_contain_text("Новый пациент", timeout=SECONDS)
	keys.press("Enter")
	expect(part(page, "person")).to_be_focused(timeout=SECONDS)
	keys.type("Новикова Проба Тестовна")
	keys.press("Enter")
	keys.type("14031985")
	keys.press("Enter")
	keys.press("ArrowDown")
	keys.press("Enter")
	boxes = part(page, "consents").locator("input")
	for _box in range(boxes.count()):
		keys.press("Enter")
	expect(part(page, "service")).to_be_focused()
	choose_time(page, keys, clinic)
	doc = booking_of(page)
	card = frappe.get_doc("Patient", doc.patient)
	assert (card.last_name, card.first_name, card.middle_name) == ("Новикова", "Проба", "Тестовна")
	assert (str(card.birth_date), card.sex, card.mobile) == ("1985-03-14", "Female", f"+7{phone}")
	assert consents.states(card.name)[0] >= {consents.PERSONAL, consents.MEDICAL}


def test_enter_pressed_twice_makes_one_booking(page, clinic):
	phone = new_phone()
	patient = known(phone)
	keys = Keyboard(page)
	take_patient(page, keys, phone)
	take_time(page, keys, clinic)
	page.evaluate("document.activeElement.click(); document.activeElement.click()")
	expect(part(page, "done")).to_be_visible(timeout=SECONDS)
	frappe.db.rollback()
	assert frappe.db.count("Booking", {"patient": patient.name}) == 1


def test_a_time_that_is_gone_is_told_and_others_are_offered(page, clinic):
	from lab_crm.booking import service
	from tests.support.clinic import somebody

	phone, keys = new_phone(), Keyboard(page)
	known(phone)
	take_patient(page, keys, phone)
	take_time(page, keys, clinic)
	slot = datetime.fromisoformat(page.evaluate("cur_page.page.booking.slot.start"))
	gone = service.create(clinic.branch, [clinic.visit], slot, somebody(), GIVEN, online=False)
	frappe.db.commit()
	assert fresh(gone).status == "Booked"
	keys.press("Enter")
	expect(page.locator(".modal.show .msgprint")).to_contain_text("только что заняли", timeout=SECONDS)
	page.keyboard.press("Escape")
	expect(part(page, "times").get_by_role("option").first).to_be_visible(timeout=SECONDS)
	assert page.evaluate("cur_page.page.booking.slots[0].start") != slot.isoformat()


def test_alt_q_opens_it_from_anywhere(page):
	page.goto("/app/booking")
	expect(page.locator(".page-title .title-text").first).to_be_visible(timeout=SECONDS)
	page.keyboard.press("Alt+KeyQ")
	page.wait_for_url("**/app/quick-booking", timeout=SECONDS)
	expect(part(page, "phone")).to_be_focused(timeout=SECONDS)
