"""The prepayment on a phone: booked, offer ticked, paid in three clicks; too late, cancelled, refused."""

import re

import frappe
import pytest
from playwright.sync_api import expect

from lab_crm.booking import holds
from lab_crm.booking.tests.support import insert
from lab_crm.erp import links
from lab_crm.utils import clock
from tests.support.clinic import open_clinic, somebody
from tests.support.portal import expect_page

pytestmark = pytest.mark.usefixtures("stack")


@pytest.fixture
def clinic(site, make, stack):
	"""A branch where every visit is a paid reservation."""
	clinic = open_clinic()
	make.price(clinic.visit, 2000)
	insert(
		"Booking Policy", policy_name=clinic.branch, branch=clinic.branch, prepay_always=1, prepay_percent=50
	)
	frappe.db.commit()
	return clinic


@pytest.fixture
def held(clinic, stack):
	"""A booking made over HTTP that waits for its prepayment."""
	answer = stack.api().post("booking.create_booking", **clinic.request())
	assert answer.status_code == 200, answer.text
	return answer.json()["message"]


def stored(booking: str):
	frappe.db.rollback()  # a new snapshot
	return frappe.get_doc("Booking", booking)


def link_of(booking: str):
	frappe.db.rollback()  # a new snapshot
	return frappe.get_doc("Payment Request Link", {"booking": booking})


def path(held) -> str:
	return "/pay/" + held["payment_url"].split("/pay/")[1]


def release(booking: str) -> None:
	"""Let the hold end a moment ago, and the scheduler see it."""
	frappe.db.set_value("Booking", booking, "hold_until", clock.now())
	frappe.db.commit()
	holds.release_expired()


def test_three_clicks_pay_and_book(phone, clinic, held):
	assert (held["status"], held["prepayment"]) == ("Held", 1000)
	phone.goto(path(held))
	expect_page(phone, "Внесите предоплату")
	expect(phone.locator("dl.facts")).to_contain_text(re.compile(r"1\s000\s₽"))
	phone.get_by_label("Согласен с условиями").check()
	phone.get_by_role("button", name="Оплатить").click()
	expect_page(phone, "Проверочная оплата")
	expect(phone.locator("main")).to_contain_text("деньги не спишутся")
	phone.get_by_role("button", name="Подтвердить оплату").click()
	expect_page(phone, "Предоплата получена")
	booking, link = stored(held["booking"]), link_of(held["booking"])
	assert (booking.status, booking.paid) == ("Booked", 1000)
	assert (link.status, link.offer_version) == ("Paid", links.offer().version)
	assert link.offer_accepted_at and link.offer_accepted_from
	# The booking itself opens by the link of the patient's own message.
	phone.goto(f"/b/{held['manage_token']}")
	expect_page(phone, "Вы записаны")
	expect(phone.locator("dl.facts")).to_contain_text(re.compile(r"К\sоплате\s*1\s000\s₽"))


def test_the_link_to_pay_tells_no_more_than_the_sum_and_the_time(stack, clinic, held):
	"""It is passed on to whoever pays: neither what was booked nor the right to change it."""
	html = stack.api().http.get(f"{stack.web}{path(held)}", headers={"Accept": "text/html"}, timeout=60).text
	service = frappe.db.get_value("Lab Service", clinic.visit, "service_name")
	assert "Внесите предоплату" in html
	assert "/b/" not in html and held["manage_token"] not in html and service not in html


def test_without_the_offer_nothing_is_paid(phone, held):
	phone.goto(path(held))
	phone.get_by_text("Условия предоплаты записи").click()
	expect(phone.locator(".prose")).to_contain_text("возвращается")
	phone.get_by_role("button", name="Оплатить").click()
	expect(phone.locator("#offer-error")).to_contain_text("Отметьте")
	expect(phone.locator("#offer")).to_be_focused()
	assert not link_of(held["booking"]).offer_accepted_at


def test_too_late_it_says_so_and_offers_another_time(phone, held):
	release(held["booking"])
	phone.goto(path(held))
	expect_page(phone, "Время на оплату вышло")
	expect(phone.get_by_role("button", name="Оплатить")).to_have_count(0)
	expect(phone.get_by_role("link", name="Записаться снова")).to_be_visible()


def test_paid_when_it_was_too_late_the_page_says_the_money_comes_back(phone, held):
	phone.goto(path(held))
	phone.get_by_label("Согласен с условиями").check()
	phone.get_by_role("button", name="Оплатить").click()
	expect_page(phone, "Проверочная оплата")
	release(held["booking"])
	phone.get_by_role("button", name="Подтвердить оплату").click()
	expect_page(phone, "Время на оплату вышло")
	expect(phone.locator("main")).to_contain_text("вернём эти деньги")
	frappe.db.rollback()  # a new snapshot
	assert frappe.db.get_value("Patient Payment", {"booking": held["booking"]}, "status") == "To Refund"


def test_a_cancelled_booking_is_not_paid(phone, stack, held):
	stack.api().post("booking.cancel_booking", token=held["manage_token"])
	phone.goto(path(held))
	expect_page(phone, "Запись отменена")


def test_a_wrong_link_opens_nothing(phone):
	phone.goto("/pay/nothing")
	expect_page(phone, "Ссылка не открывается")


def test_the_booking_page_leads_to_the_payment(phone, held):
	phone.goto(f"/b/{held['manage_token']}")
	phone.get_by_role("link", name="Перейти к оплате").click()
	expect_page(phone, "Внесите предоплату")


def test_the_webhook_answers_over_http(stack, clinic, held):
	"""Signed by this site only, and told twice it is one payment."""
	guest = stack.api()
	token = held["payment_url"].split("/pay/")[1]
	due = guest.get("payment.get_payment", token=token).json()["message"]
	assert (due["state"], due["amount"], due["currency"]) == ("open", 1000, "RUB")
	for body in ({}, {"provider": "nobody"}, {"provider": "offline", "amount": "1000.00"}):
		assert guest.post("payment.notification", **body).status_code in (403, 404)
	url = guest.post("payment.start", token=token, offer=due["offer"]).json()["message"]["url"]
	html = guest.http.get(url, headers={"Accept": "text/html"}, timeout=60).text
	data = frappe.parse_json(re.search(r'id="page-data">(.*?)</script>', html, re.DOTALL)[1])
	forged = guest.post("payment.notification", provider="offline", **{**data["notice"], "amount": "1.00"})
	assert forged.status_code == 403
	for _ in range(2):
		told = guest.http.post(
			f"{stack.web}/api/method/lab_crm.api.payment.notification?provider=offline",
			json=data["notice"],
			timeout=60,
		)
		assert told.json()["message"] == {"accepted": True}, told.text
	assert stored(held["booking"]).status == "Booked"
	assert frappe.db.count("Patient Payment", {"booking": held["booking"]}) == 1
	assert guest.get("payment.get_payment", token=token).json()["message"]["state"] == "paid"
	again = guest.post("payment.start", token=token, offer=due["offer"])
	assert again.json()["error"]["code"] == "PAYMENT_CLOSED"


def test_another_patient_of_the_branch_is_not_affected(stack, clinic, held):
	other = stack.api().post(
		"booking.create_booking", **clinic.request(start=clinic.at(2, 11), patient=somebody())
	)
	assert other.json()["message"]["payment_url"] != held["payment_url"]
