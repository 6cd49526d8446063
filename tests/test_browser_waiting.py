"""No free time: a patient joins the waiting list on a phone, is offered what becomes free, and takes it."""

import re

import frappe
import pytest
from playwright.sync_api import expect

from lab_crm.api.tests.test_waiting_list import run_subscribers
from lab_crm.privacy import consents
from lab_crm.utils import clock
from tests.support.clinic import open_clinic, somebody
from tests.support.factories import WEEK
from tests.support.portal import expect_page, fill_in
from tests.support.stack import wait_for

pytestmark = pytest.mark.usefixtures("stack")


@pytest.fixture
def full(site, stack):
	"""A doctor with one time in two weeks, which is taken: the clinic, and the token of its booking."""
	clinic = open_clinic()
	start = clinic.at(3, 10)
	weekday = WEEK[clock.from_aware(frappe.utils.get_datetime(start)).weekday()]
	schedule = frappe.get_doc("Work Schedule", {"subject": clinic.doctor})
	day = start[:10]
	schedule.update({"valid_from": day, "valid_to": day})
	schedule.set("periods", [{"weekday": weekday, "start_time": "10:00:00", "end_time": "10:30:00"}])
	schedule.save(ignore_permissions=True)
	frappe.db.commit()
	answer = stack.api().post("booking.create_booking", **clinic.request(start=start))
	assert answer.status_code == 200, answer.text
	return clinic, answer.json()["message"]


def join(phone, clinic, person: dict[str, str]) -> None:
	"""Go from the full calendar to the end of the waiting list's form."""
	phone.goto(f"/book?branch={clinic.branch}&services={clinic.visit}&step=time")
	phone.get_by_role("button", name="Встать в лист ожидания").click()
	expect_page(phone, "Когда вам удобно")
	phone.get_by_label("В ближайший месяц").check()
	phone.get_by_label("Утром").check()
	phone.get_by_role("button", name="Продолжить").click()
	fill_in(phone, person, (consents.PERSONAL, consents.MEDICAL))
	expect_page(phone, "Проверьте и встаньте")
	expect(phone.locator("dl.facts")).to_contain_text("В ближайший месяц; Утром, до 12:00")
	phone.get_by_role("button", name="Встать в лист ожидания").click()
	# Without messages an offer could reach nobody.
	expect(phone.get_by_role("alert")).to_contain_text("отметьте это согласие")
	phone.locator(f"#consent-{consents.slug(consents.SERVICE)}").check()
	phone.locator("form button[type=submit]").click()
	phone.get_by_role("button", name="Встать в лист ожидания").click()
	expect_page(phone, "Вы в листе ожидания")


def entry_of(clinic):
	frappe.db.rollback()  # a new snapshot
	return frappe.get_last_doc("Waiting List Entry", {"branch": clinic.branch})


def offered(clinic, stack, token: str):
	"""Have the taken time cancelled; return the held booking that is offered."""
	cancelled = stack.api().post("booking.cancel_booking", token=token).json()["message"]
	run_subscribers(cancelled["booking"], "booking.cancelled")
	wait_for(lambda: entry_of(clinic).status == "Offered", "the offer")
	return frappe.get_doc("Booking", entry_of(clinic).booking)


def link_to(booking: str) -> str:
	"""The link of the offer; in quiet hours the message itself leaves in the morning."""
	filters = {"reference_name": booking, "event": "waiting_list.offer"}
	body = frappe.get_last_doc("Message", filters).body
	return "/b/" + re.search(r"/b/(\S+)", body)[1]


def test_joins_is_offered_and_takes_the_time(phone, stack, full):
	clinic, taken = full
	person = somebody()
	join(phone, clinic, person)
	entry = entry_of(clinic)
	assert (entry.status, entry.channel, entry.time_to) == ("Waiting", "Website", "12:00")
	assert (entry.date_to - entry.date_from).days == 29
	seen = stack.api("Lab Receptionist").get(f"/api/resource/Waiting List Entry/{entry.name}")
	assert seen.json()["data"]["patient_name"].startswith(person["last_name"])
	held = offered(clinic, stack, taken["manage_token"])
	phone.goto(link_to(held.name))
	expect_page(phone, "Освободилось время, которое вы ждёте")
	phone.get_by_role("button", name="Записаться на это время").click()
	phone.wait_for_url("**/b/*done=booked")
	expect_page(phone, "Вы записаны")
	assert entry_of(clinic).status == "Booked"
	assert frappe.db.get_value("Booking", held.name, "status") == "Booked"


def test_leaves_the_list_again(phone, full):
	clinic, _taken = full
	join(phone, clinic, somebody())
	phone.reload()
	expect_page(phone, "Вы в листе ожидания")
	phone.get_by_role("button", name="Выйти из листа ожидания").click()
	expect(phone.locator("#app")).to_contain_text("Вы вышли из листа ожидания")
	assert entry_of(clinic).status == "Cancelled"
