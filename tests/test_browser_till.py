"""The till on the desk: the receptionist opens her shift, takes cash and a card at once, gives one back."""

import frappe
import pytest
from playwright.sync_api import expect

from lab_crm.laboratory import checkin
from lab_crm.laboratory.tests.arrange import Laboratory
from tests.support.desk import SECONDS, desk_of
from tests.support.stack import wait_for


@pytest.fixture
def visit(site, make, stack):
	"""A visit of 1800 ₽ that everybody sees; the receptionist has no shift."""
	end_shifts()
	lab = Laboratory(make)
	found = checkin.check_in(lab.booking(lab.panel, lab.biochemistry).name)["visit"]
	frappe.db.commit()
	yield found
	end_shifts()
	frappe.db.commit()


def end_shifts() -> None:
	"""Let nobody have an open shift: the receptionist of the tests is one person."""
	for name in frappe.get_all("Till Shift", {"status": "Open"}, pluck="name"):
		frappe.db.set_value("Till Shift", name, {"status": "Closed", "open_key": None})


def fill(dialog, values: dict[str, str]) -> None:
	for fieldname, value in values.items():
		box = dialog.locator(
			f"[data-fieldname={fieldname}] input, [data-fieldname={fieldname}] textarea"
		).first
		box.fill(value)
		box.press("Tab")
		# The dialog takes what was typed a moment later; nobody clicks as fast as a test.
		dialog.page.wait_for_function("name => Boolean(cur_dialog?.get_value(name))", arg=fieldname)


def show_receipt(page, visit: str) -> None:
	"""The patient takes the registered receipt from the screen."""
	frappe.db.rollback()  # a new snapshot
	[operation] = frappe.get_all("Till Operation", {"visit": visit}, pluck="name")
	[receipt] = frappe.get_all("Fiscal Receipt", {"about": operation}, pluck="name")

	def registered() -> bool:
		frappe.db.rollback()  # a new snapshot
		return frappe.db.get_value("Fiscal Receipt", receipt, "status") == "Registered"

	wait_for(registered, "the receipt is registered", 120)
	frappe.db.set_value("Fiscal Receipt", receipt, "receipt_url", f"https://ofd.example/{receipt}")
	frappe.db.commit()
	page.reload()
	page.get_by_role("button", name="Чек пациенту").click(timeout=SECONDS)
	dialog = page.locator(".modal.show", has_text="Чек пациенту")
	expect(dialog.locator("svg[width], svg[viewBox]").first).to_be_visible(timeout=SECONDS)
	expect(dialog.get_by_role("link", name="Приход")).to_have_attribute(
		"href", f"https://ofd.example/{receipt}"
	)
	dialog.locator(".btn-modal-close").click()
	expect(page.locator(".modal.show")).to_have_count(0, timeout=SECONDS)


def test_mixed_payment_and_return(browser, stack, visit):
	page = desk_of(browser, stack, "Lab Receptionist")
	page.goto(f"/app/visit/{visit}")
	page.get_by_role("button", name="Принять оплату").click()
	dialog = page.locator(".modal.show")
	expect(dialog).to_contain_text("Сначала откройте смену кассы", timeout=SECONDS)
	fill(dialog, {"cash": "500"})
	dialog.get_by_role("button", name="Открыть смену").click()
	dialog = page.locator(".modal.show", has_text="Принять оплату")
	expect(dialog).to_contain_text("Наличными", timeout=SECONDS)
	fill(dialog, {"Cash": "800", "Card": "1000", "reference": "0042", "tendered": "1000"})
	dialog.get_by_role("button", name="Принять оплату").click()
	expect(page.locator("#alert-container")).to_contain_text("Сдача", timeout=SECONDS)
	expect(page.get_by_role("button", name="Принять оплату")).to_have_count(0, timeout=SECONDS)
	show_receipt(page, visit)
	page.get_by_role("button", name="Вернуть деньги").click()
	dialog = page.locator(".modal.show", has_text="Вернуть деньги")
	dialog.locator(".checkbox label").nth(1).click()
	fill(dialog, {"Card": "900", "reason": "Пациент отказался"})
	with page.expect_response(lambda answer: "till.give_back" in answer.url) as returned:
		dialog.get_by_role("button", name="Вернуть деньги").click()
	assert returned.value.ok, returned.value.text()
	expect(page.locator(".modal.show")).to_have_count(0, timeout=SECONDS)
	frappe.db.rollback()  # a new snapshot
	rows = frappe.get_all(
		"Till Operation", {"visit": visit}, ["kind", "amount", "change_given"], order_by="at"
	)
	assert [(row.kind, row.amount, row.change_given) for row in rows] == [
		("Sale", 1800, 200),
		("Return", 900, 0),
	]
	page.context.close()
