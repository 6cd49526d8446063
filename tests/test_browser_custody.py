"""A courier list at the nurse's desk: packed by a scanner, also while the network is away, and received."""

from datetime import timedelta

import frappe
from playwright.sync_api import expect

from lab_crm.laboratory import transfers
from lab_crm.laboratory.checkin import check_in
from lab_crm.laboratory.collection import mark_collected
from lab_crm.laboratory.tests.arrange import Laboratory
from lab_crm.utils import clock
from tests.support.desk import SECONDS, desk_of


def tubes_of(lab) -> list[str]:
	tubes = sorted(check_in(lab.booking().name)["specimens"])
	mark_collected(tubes)
	return tubes


def test_tubes_are_packed_by_scanning_and_a_lost_network_loses_none(site, make, browser, stack):
	lab = Laboratory(make)
	tubes, centre = tubes_of(lab), make.branch().name
	doc = frappe.new_doc("Specimen Transfer")
	doc.update({"from_branch": lab.branch.name, "to_branch": centre})
	name = doc.insert().name
	frappe.db.commit()
	page = desk_of(browser, stack, "Lab Nurse")
	page.goto(f"/app/specimen-transfer/{name}")
	page.get_by_role("button", name=frappe._("Pack by Scanning", "ru")).click()
	dialog = page.locator(".modal.show")
	barcode = dialog.locator("input[data-fieldname=barcode]")
	barcode.fill(tubes[0])
	barcode.press("Enter")
	expect(dialog).to_contain_text(f"✓ {tubes[0]}", timeout=SECONDS)
	page.context.set_offline(True)
	barcode.fill(tubes[1])
	barcode.press("Enter")
	expect(dialog).to_contain_text("Нет связи: в очереди 1", timeout=SECONDS)
	page.context.set_offline(False)
	expect(dialog).to_contain_text(f"✓ {tubes[1]}", timeout=SECONDS)
	barcode.fill(tubes[0])
	barcode.press("Enter")
	expect(dialog).to_contain_text("уже отсканирована", timeout=SECONDS)
	dialog.locator(".btn-primary").click()
	expect(page.locator("[data-fieldname=items] .grid-row[data-idx]")).to_have_count(2, timeout=SECONDS)
	frappe.db.rollback()
	assert frappe.db.get_value("Specimen Transfer", name, "packed_count") == 2
	page.context.close()


def test_the_receiver_sees_what_is_missing_and_the_tube_its_chain(site, make, browser, stack):
	lab = Laboratory(make)
	tubes, centre = tubes_of(lab), make.branch().name
	doc = frappe.new_doc("Specimen Transfer")
	doc.update({"from_branch": lab.branch.name, "to_branch": centre})
	name = doc.insert().name
	transfers.pack(name, tubes)
	transfers.hand_over(name, "Курьер Тестов", "П-17", "4", str(clock.now() + timedelta(hours=2)))
	frappe.db.commit()
	page = desk_of(browser, stack, "Lab Nurse")
	page.goto(f"/app/specimen-transfer/{name}")
	page.get_by_role("button", name=frappe._("Receive by Scanning", "ru")).click()
	dialog = page.locator(".modal.show")
	barcode = dialog.locator("input[data-fieldname=barcode]")
	barcode.fill(tubes[0])
	barcode.press("Enter")
	expect(dialog).to_contain_text("Осталось отсканировать: 1", timeout=SECONDS)
	dialog.locator(".btn-primary").click()
	page.get_by_role("button", name=frappe._("Finish Receiving", "ru")).click()
	dialog = page.locator(".modal.show")
	expect(dialog).to_contain_text(tubes[1], timeout=SECONDS)
	dialog.locator("input[data-fieldname=temperature]").fill("6")
	dialog.locator(".btn-primary").click()
	expect(page.locator(".form-message").first).to_contain_text(f"Не поступили: {tubes[1]}", timeout=SECONDS)
	page.goto(f"/app/specimen/{tubes[0]}")
	chain = page.locator("[data-fieldname=movements] table")
	expect(chain.locator("tbody tr")).to_have_count(4, timeout=SECONDS)
	expect(chain).to_contain_text("Курьер: Курьер Тестов, пломба П-17")
	page.context.close()
