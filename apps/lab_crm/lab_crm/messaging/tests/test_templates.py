"""Texts in the desk: preview on a chosen patient, what an SMS takes, versions."""

import frappe
import pytest

from lab_crm.booking.tests.support import publish_forms
from lab_crm.laboratory.tests.arrange import Laboratory
from lab_crm.messaging import outbox
from lab_crm.messaging.doctype.message_template.message_template import preview
from lab_crm.privacy import consents

BODY = "{{ patient_name }}, ждём вас {{ date }} в {{ time }}. Подготовка: {{ preparation }}. {{ address }}"


def test_examples_without_a_patient(site):
	shown = preview("booking.reminder", BODY)
	assert shown["text"].startswith("Анна Петровна, ждём вас 21")
	assert (shown["sms"]["parts"], shown["latin"]["parts"]) == (2, 1)
	assert not shown["sms"]["is_latin"] and shown["latin"]["is_latin"]


def test_a_patient_with_a_booking_and_the_address_of_its_branch(make):
	publish_forms()
	lab = Laboratory(make)
	lab.branch.db_set("address", "Вторая Тестовая, 7")
	frappe.clear_document_cache("Lab Branch", lab.branch.name)
	lab.booking()
	shown = preview("booking.reminder", BODY, lab.patient.name)
	assert shown["text"].startswith(f"{lab.patient.first_name} {lab.patient.middle_name}, ждём вас")
	assert shown["text"].endswith("Вторая Тестовая, 7")


def test_a_patient_without_a_booking_gets_examples_for_the_rest(make):
	patient = make.patient()
	shown = preview("booking.reminder", BODY, patient.name)
	assert patient.middle_name in shown["text"] and "Примерная ул., 15" in shown["text"]


def test_a_preview_shows_no_patient_to_those_who_may_not_see_one(make, as_user):
	patient = make.patient().name
	frappe.db.delete("DocPerm", {"parent": "Patient", "role": "Lab Marketer"})
	frappe.clear_cache(doctype="Patient")
	try:
		with as_user("Lab Marketer"), pytest.raises(frappe.PermissionError):
			preview("booking.reminder", BODY, patient)
	finally:
		frappe.clear_cache(doctype="Patient")


def test_what_a_patient_is_called_is_never_run(make):
	patient = make.patient()
	patient.db_set("middle_name", "{{ manage_link }}")
	assert "{{ manage_link }}" in preview("booking.reminder", BODY, patient.name)["text"]


def test_a_changed_text_is_a_new_version_and_messages_keep_theirs(make):
	doc = frappe.get_doc("Message Template", {"event": "booking.created", "channel": "SMS"})
	first = doc.version
	patient = make.patient()
	consents.give(patient.name, consents.SERVICE, "подпись")
	told = outbox.queue("booking.created", patient.name, {"date": "24 ноября"}, patient, channel="SMS")
	doc.position = 30
	doc.save()
	assert doc.version == first
	doc.body += "\nЖдём вас!"
	doc.save(ignore_version=False)  # the framework keeps none in tests
	assert (doc.version, told.template_version) == (first + 1, first)
	assert frappe.db.exists("Version", {"docname": doc.name})
