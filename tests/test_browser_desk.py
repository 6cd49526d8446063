"""The desk as its people use it: the receptionist checks a patient in, the operator sees it at once."""

import re
from datetime import timedelta

import frappe
import pytest
from playwright.sync_api import expect

from lab_crm.booking import service
from lab_crm.booking.tests.support import publish_forms
from lab_crm.laboratory import checkin
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal

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


def test_the_nurse_scans_the_tubes_of_a_visit(browser, stack, booking):
	arrived = checkin.check_in(booking.name)
	frappe.db.commit()
	nurse = desk_of(browser, stack, "Lab Nurse")
	nurse.goto(f"/app/visit/{arrived['visit']}")
	with nurse.context.expect_event("response", lambda answer: "labels.download" in answer.url) as labels:
		nurse.get_by_role("button", name=frappe._("Print Labels", "ru")).click()
	assert labels.value.headers["content-type"].startswith("application/pdf")
	nurse.get_by_role("button", name=frappe._("Mark Collected", "ru")).click()
	scanner = nurse.locator(".modal.show input[data-fieldname=barcode]")
	scanner.fill("123")
	scanner.press("Enter")
	expect(nurse.locator(".msgprint")).to_contain_text("123", timeout=SECONDS)
	nurse.locator(".modal.show", has=nurse.locator(".msgprint")).locator(".btn-modal-close").click()
	for barcode in arrived["specimens"]:
		scanner.fill(barcode)
		scanner.press("Enter")
		expect(nurse.locator(".modal.show .text-success", has_text=barcode)).to_be_visible(timeout=SECONDS)
	nurse.locator(".modal.show .btn-modal-primary").click()
	expect(nurse.locator(".page-head .indicator-pill")).to_contain_text(
		frappe._("Waiting", "ru"), timeout=SECONDS
	)
	nurse.context.close()


def test_a_patient_without_booking_is_checked_in(browser, stack, booking):
	reception = desk_of(browser, stack, "Lab Receptionist")
	reception.goto("/app/visit")
	reception.get_by_role("button", name=frappe._("Patient Without Booking", "ru")).click()
	dialog = reception.locator(".modal.show")
	for field, value, shown in (
		("patient", booking.patient, booking.patient_name),
		("branch", booking.branch, booking.branch),
	):
		control = dialog.locator(f".frappe-control[data-fieldname={field}]")
		control.locator("input").fill(value)
		control.locator("[role=listbox] > *", has_text=shown).first.click()
	dialog.locator("[data-fieldname=services] [data-toggle=dropdown]").click()
	dialog.locator("[data-fieldname=services] .dropdown-menu input").fill(booking.services[0].service)
	dialog.locator("[data-fieldname=services] .selectable-item", has_text=booking.services[0].service).click()
	dialog.locator(".modal-title").click()
	dialog.locator(".btn-modal-primary").click()
	reception.wait_for_url("**/app/visit/VIS-*", timeout=SECONDS)
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


def test_the_administrator_opens_a_workflow_in_the_builder(site, browser, stack):
	page = desk_of(browser, stack, "Lab Administrator")
	page.goto("/app/workflow-builder/Booking")
	# The official framework shows the state in the user's language, the registry's as it is stored.
	state = re.compile(f"Booked|{frappe._('Booked', 'ru')}")
	expect(page.locator(".vue-flow__node", has_text=state).first).to_be_visible(timeout=SECONDS)
	page.context.close()


@pytest.fixture
def note_form(site):
	"""Customize Form of Patient Note; what is cached of it goes with the transaction."""
	yield lambda: _customize("Patient Note")
	frappe.db.rollback()
	frappe.clear_cache(doctype="Patient Note")


def _customize(doctype: str):
	form = frappe.new_doc("Customize Form")
	form.doc_type = doctype
	form.fetch_to_customize()
	return form


def test_the_administrator_changes_a_workflow(as_user):
	with as_user("Lab Administrator"):
		workflow = frappe.get_doc("Workflow", "Booking")
		workflow.transitions[0].allowed = "Lab Director"
		workflow.save()
	with as_user("Lab Receptionist"), pytest.raises(frappe.PermissionError):
		frappe.get_doc("Workflow", "Booking").save()


def test_the_administrator_changes_a_form(as_user, note_form):
	assert not frappe.has_permission("Customize Form", "write", user="lab.receptionist@lab-crm.invalid")
	with as_user("Lab Administrator"):
		frappe.get_doc("Customize Form").check_permission("write")
		form = note_form()
		form.fields[0].label = "Своё название"
		form.save_customization()
	assert frappe.get_meta("Patient Note").fields[0].label == "Своё название"


def test_the_administrator_does_not_change_who_sees_a_field(as_user, note_form):
	with as_user("Lab Administrator"):
		form = note_form()
		form.fields[0].permlevel = 3
		with pytest.raises(Refusal) as refused:
			form.save_customization()
	assert refused.value.code == "SYSTEM_MANAGER_ONLY"
