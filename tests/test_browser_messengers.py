"""Messengers in the personal account: a link of one's own, shown when asked for, and a way to leave."""

from urllib.parse import parse_qs, urlsplit

import frappe
import pytest
from playwright.sync_api import expect

from lab_crm.messaging import chats
from lab_crm.privacy import consents
from tests.support.portal import SECONDS, expect_page, open_laboratory, sign_in


@pytest.fixture
def lab(site, make, stack):
	"""A laboratory with a bot of Telegram and a patient; seen by everybody."""
	laboratory = open_laboratory(make)
	consents.give_all(laboratory.patient.name, [consents.PERSONAL, consents.SERVICE], "подпись")
	channel = frappe.get_doc("Message Channel", "Telegram")
	channel.update({"login": "lab_bot", "secret": "generated-token", "base_url": "http://127.0.0.1:9"})
	channel.update({"is_enabled": 1}).save()
	frappe.db.commit()
	yield laboratory
	frappe.db.rollback()
	frappe.db.delete(chats.DOCTYPE, {"patient": laboratory.patient.name})
	channel.reload()
	channel.update({"is_enabled": 0, "base_url": "", "login": "", "secret": ""}).save()
	frappe.db.commit()


def test_joined_by_a_link_and_left_by_a_button(phone, stack, lab):
	sign_in(phone, stack, lab.patient.mobile)
	phone.get_by_role("link", name="Согласия").click()
	expect_page(phone, "Согласия")
	expect(phone.get_by_role("button", name="Подключить: MAX")).to_have_count(0)
	phone.get_by_role("button", name="Подключить: Telegram").click()
	opener = phone.get_by_role("link", name="Открыть Telegram")
	expect(opener).to_be_visible(timeout=SECONDS)
	address = urlsplit(opener.get_attribute("href"))
	assert (address.netloc, address.path) == ("t.me", "/lab_bot")
	(token,) = parse_qs(address.query)["start"]

	frappe.db.rollback()
	assert chats.join("Telegram", "4201", token)
	frappe.db.commit()
	phone.reload()
	phone.get_by_role("button", name="Выключить: Telegram").click(timeout=SECONDS)
	expect(phone.get_by_role("button", name="Подключить: Telegram")).to_be_visible(timeout=SECONDS)
	frappe.db.rollback()
	assert chats.of(lab.patient.name) == {}
