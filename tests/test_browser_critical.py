"""A critical value at the doctor's desk: taken up, the patient called, closed."""

import frappe
from playwright.sync_api import expect

from lab_crm.laboratory.tests.arrange import Laboratory
from tests.support.desk import SECONDS, desk_of


def test_the_doctor_takes_a_critical_value_up_and_records_the_call(site, make, browser, stack):
	lab = Laboratory(make)
	order = lab.order()
	lab.report(order, lab.glucose("30", flag="HH"), *lab.count())
	name = frappe.db.get_value("Critical Alert", {"order": order.name})
	frappe.db.commit()
	page = desk_of(browser, stack, "Lab Doctor")
	page.goto(f"/app/critical-alert/{name}")
	status = page.locator(".page-head .indicator-pill")
	page.get_by_role("button", name=frappe._("Take It Up", "ru")).click()
	expect(status).to_contain_text(frappe._("Acknowledged", "ru"), timeout=SECONDS)
	page.get_by_role("button", name=frappe._("Record the Call", "ru")).click()
	page.locator(".modal.show textarea").fill("Позвонили пациентке, направлена в стационар")
	page.locator(".modal.show .btn-primary").click()
	expect(status).to_contain_text(frappe._("Closed", "ru"), timeout=SECONDS)
	frappe.db.rollback()
	assert frappe.db.get_value("Critical Alert", name, ["status", "comment"]) == (
		"Closed",
		"Позвонили пациентке, направлена в стационар",
	)
	page.context.close()
