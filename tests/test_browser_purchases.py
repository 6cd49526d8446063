"""A dear purchase on the desk: the accountant asks, the director approves, then the bill can be submitted."""

import frappe
import pytest
from playwright.sync_api import expect

from lab_crm.erp.tests.test_purchases import bill, contract, supplier  # noqa: F401  (a fixture)
from tests.support.desk import SECONDS, desk_of
from tests.test_browser_insurance import act


def test_the_director_approves_a_bill(browser, stack, supplier, as_user):  # noqa: F811
	with as_user("Lab Accountant"):
		if not frappe.has_permission("Purchase Invoice", "write"):
			pytest.skip("ERPNext gives its own roles the right to purchases")
	agreed, name = contract(supplier), bill(supplier, 60_000).name
	frappe.db.commit()
	try:
		_approve(browser, stack, name, agreed.title)
	finally:
		frappe.db.rollback()
		frappe.db.set_single_value("ERP Settings", "approve_purchases_from", 0)
		frappe.db.commit()


def _approve(browser, stack, name: str, contract_title: str) -> None:
	office = desk_of(browser, stack, "Lab Accountant")
	office.goto(f"/app/purchase-invoice/{name}")
	expect(office.locator(".form-message:not(.hidden)").first).to_contain_text(
		"должен согласовать руководитель", timeout=SECONDS
	)
	office.get_by_role("button", name="Запросить согласование").click()
	dialog = office.locator(".modal.show")
	dialog.locator("[data-fieldname=contract] select").select_option(label=contract_title)
	dialog.locator("[data-fieldname=purpose] textarea").fill("Реагенты на декабрь")
	dialog.get_by_role("button", name="Запросить согласование").click()
	expect(office.locator(".form-message:not(.hidden)").first).to_contain_text("Запрошено", timeout=SECONDS)
	frappe.db.rollback()  # a new snapshot
	[approval] = frappe.get_all("Purchase Approval", {"document": name}, pluck="name")
	director = desk_of(browser, stack, "Lab Director")
	director.goto(f"/app/purchase-approval/{approval}")
	act(director, "Утвердить")
	expect(director.locator(".indicator-pill:visible").first).to_contain_text("Утверждено", timeout=SECONDS)
	office.reload()
	expect(office.locator(".form-message:not(.hidden)").first).to_contain_text("Утверждено", timeout=SECONDS)
	frappe.db.rollback()  # a new snapshot
	found = frappe.get_doc("Purchase Approval", approval)
	assert (found.status, found.amount, found.purpose) == ("Approved", 60_000, "Реагенты на декабрь")
	for page in (office, director):
		page.context.close()
