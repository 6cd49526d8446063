"""The desk as its people use it: the receptionist checks a patient in, the operator sees it at once."""

from datetime import timedelta

import frappe
import pytest
from playwright.sync_api import expect

from lab_crm.booking import service
from lab_crm.booking.tests.support import publish_forms
from lab_crm.utils import clock

SECONDS = 30_000


@pytest.fixture
def booking(site, make, stack):
	"""Tomorrow's booking of a new patient, seen by everybody."""
	publish_forms()
	branch = make.branch()
	make.resource(branch.name)
	blood = make.service(sample_type=make.sample_type().name)
	make.price(blood.name)
	start = (clock.now() + timedelta(days=1)).replace(hour=10, minute=0, second=0, microsecond=0)
	consents = ["Personal Data", "Medical Data", "Service Messages"]
	patient = make.patient().name
	doc = service.create(
		branch.name, [blood.name], clock.to_zone(start, branch.timezone), patient, consents, online=False
	)
	frappe.db.commit()
	return doc


def desk_of(browser, stack, role: str):
	"""Return a page of a desk user who has signed in."""
	context = browser.new_context(base_url=stack.web, locale="ru-RU", timezone_id="Europe/Moscow")
	login = stack.login(role)
	answer = context.request.post("/api/method/login", form={"usr": login["user"], "pwd": login["password"]})
	assert answer.ok, answer.text()
	page = context.new_page()
	page.set_default_timeout(SECONDS)
	return page


def test_the_receptionist_checks_in_and_the_operator_sees_the_status_move(browser, stack, booking):
	operator = desk_of(browser, stack, "Lab Operator")
	operator.goto(f"/app/booking?name={booking.name}")
	row = operator.locator(".list-row", has_text=booking.patient_name)
	expect(row).to_contain_text(frappe._("Booked", "ru"), timeout=SECONDS)

	reception = desk_of(browser, stack, "Lab Receptionist")
	reception.goto(f"/app/booking/{booking.name}")
	reception.get_by_role("button", name=frappe._("Check In", "ru")).first.click()
	reception.locator(".modal.show .btn-modal-primary").click()
	reception.wait_for_url("**/app/visit/VIS-*", timeout=SECONDS)
	expect(reception.locator(".page-title")).to_contain_text(booking.patient_name, timeout=SECONDS)

	expect(row).to_contain_text(frappe._("Checked In", "ru"), timeout=SECONDS)
	operator.context.close()
	reception.context.close()


@pytest.mark.parametrize(
	("role", "title"),
	[
		("Lab Receptionist", "Регистратура"),
		("Lab Director", "Руководитель"),
		("Lab Administrator", "Настройка лаборатории"),
	],
)
def test_everybody_starts_at_their_own_workspace(browser, stack, role, title):
	page = desk_of(browser, stack, role)
	page.goto("/app")
	expect(page.locator(".page-title .title-text")).to_have_text(title, timeout=SECONDS)
	page.context.close()


def test_the_calendar_shows_the_booking(browser, stack, booking):
	page = desk_of(browser, stack, "Lab Receptionist")
	page.goto("/app/booking/view/calendar/default")
	event = page.locator(".fc-event", has_text=booking.patient_name)
	expect(event.first).to_be_visible(timeout=SECONDS)
	page.context.close()
