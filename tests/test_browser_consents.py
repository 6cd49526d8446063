"""Consents: switches of the personal account that act at once, and the desk's form with a signature."""

import re

import frappe
import pytest
from playwright.sync_api import expect

from lab_crm.messaging import delivery, outbox
from lab_crm.privacy import consents
from lab_crm.utils import clock
from tests.support.desk import desk_of
from tests.support.portal import SECONDS, expect_page, open_laboratory, sign_in


@pytest.fixture
def lab(site, make, stack):
	"""A laboratory that takes bookings and has a patient; seen by everybody."""
	return open_laboratory(make)


def has(patient: str, purpose: str) -> bool:
	frappe.db.rollback()  # a new snapshot
	return consents.has(patient, purpose)


def open_consents(phone, stack, patient) -> None:
	sign_in(phone, stack, patient.mobile)
	phone.get_by_role("link", name="Согласия").click()
	expect_page(phone, "Согласия")


def waiting_message(patient: str):
	"""A message for tomorrow that needs the consent to service messages."""
	message = outbox.queue(
		"result.ready",
		patient=patient,
		context={"portal_link": "https://lab.example/my"},
		occasion=patient,
		send_after=frappe.utils.add_to_date(clock.now(), days=1),
	)
	frappe.db.commit()
	return message


def test_each_purpose_is_switched_by_itself_and_at_once(phone, stack, lab):
	patient = lab.patient
	consents.give_all(patient.name, [consents.PERSONAL, consents.MEDICAL, consents.SERVICE], "подпись")
	frappe.db.commit()
	message = waiting_message(patient.name)
	assert message.status == "Queued"
	open_consents(phone, stack, patient)
	phone.get_by_role("button", name=re.compile("Дать согласие: Предложения")).click()
	expect(phone.get_by_role("button", name=re.compile("Отозвать: Предложения"))).to_be_visible()
	assert has(patient.name, consents.MARKETING)
	phone.get_by_role("button", name=re.compile("Отозвать: Предложения")).click()
	expect(phone.get_by_role("button", name=re.compile("Дать согласие: Предложения"))).to_be_visible()
	assert not has(patient.name, consents.MARKETING) and has(patient.name, consents.SERVICE)
	phone.get_by_role("button", name=re.compile("Отозвать: Сообщения")).click()
	expect(phone.get_by_role("button", name=re.compile("Дать согласие: Сообщения"))).to_be_visible()
	assert not has(patient.name, consents.SERVICE) and has(patient.name, consents.PERSONAL)
	# What waited to be sent meanwhile goes no more.
	frappe.db.set_value("Message", message.name, "next_attempt_at", clock.now())
	frappe.db.commit()
	delivery.deliver(message.name)
	frappe.db.rollback()
	kept = frappe.db.get_value("Message", message.name, ["status", "reason_code"])
	assert kept == ("Suppressed", "CONSENT_WITHDRAWN")


def test_a_required_consent_is_withdrawn_after_a_warning(phone, stack, lab):
	patient = lab.patient
	consents.give_all(patient.name, [consents.PERSONAL, consents.MEDICAL], "подпись")
	frappe.db.commit()
	open_consents(phone, stack, patient)
	warnings = []
	phone.once("dialog", lambda dialog: (warnings.append(dialog.message), dialog.dismiss()))
	phone.get_by_role("button", name=re.compile("Отозвать: Обработка данных о здоровье")).click()
	expect(
		phone.get_by_role("button", name=re.compile("Отозвать: Обработка данных о здоровье"))
	).to_be_visible()
	assert warnings and has(patient.name, consents.MEDICAL)
	phone.once("dialog", lambda dialog: dialog.accept())
	phone.get_by_role("button", name=re.compile("Отозвать: Обработка данных о здоровье")).click()
	expect(
		phone.get_by_role("button", name=re.compile("Дать согласие: Обработка данных о здоровье"))
	).to_be_visible()
	assert not has(patient.name, consents.MEDICAL)
	row = frappe.get_last_doc("Consent", {"patient": patient.name, "purpose": consents.MEDICAL})
	assert patient.mobile in row.withdrawal_evidence


def test_the_receptionist_takes_consents_with_a_signature_on_the_screen(browser, stack, lab):
	page = desk_of(browser, stack, "Lab Receptionist")
	page.goto(f"/app/patient/{lab.patient.name}")
	page.get_by_role("button", name="Согласия").click()
	page.get_by_role("link", name="Взять согласия").click()
	dialog = page.locator(".modal.show")
	for words in ("обработку моих персональных данных", "обработку сведений о моём здоровье"):
		dialog.get_by_label(re.compile(words)).check()
	canvas = dialog.locator("canvas.jSignature")
	expect(canvas).to_be_visible(timeout=SECONDS)
	canvas.scroll_into_view_if_needed()
	box = canvas.bounding_box()
	page.mouse.move(box["x"] + 40, box["y"] + 60)
	page.mouse.down()
	page.mouse.move(box["x"] + 120, box["y"] + 140, steps=8)
	page.mouse.up()
	dialog.get_by_role("button", name="Сохранить").click()
	expect(page.locator("#alert-container")).to_contain_text("Записано согласий: 2", timeout=SECONDS)
	assert has(lab.patient.name, consents.PERSONAL) and has(lab.patient.name, consents.MEDICAL)
	assert not has(lab.patient.name, consents.MARKETING)
	doc = frappe.get_last_doc("Consent", {"patient": lab.patient.name})
	assert consents.SIGNATURE.fullmatch(doc.signature)
	page.goto(f"/printview?doctype=Patient&name={lab.patient.name}&format=Consent Papers")
	expect(page.locator(".consent")).to_have_count(len(consents.published_forms()) - 2)
	expect(page.locator(".consent").first).to_contain_text(lab.patient.last_name)
	page.context.close()
