"""The chart of an analyte on the patient's card: the doctor sees it, the receptionist does not."""

from datetime import timedelta

import frappe
from playwright.sync_api import expect

from lab_crm.laboratory.tests.arrange import REPORTED, Laboratory
from tests.support.desk import SECONDS, desk_of


def years_of_glucose(make) -> Laboratory:
	lab = Laboratory(make)
	for days, value in ((1500, "5.0"), (800, "7.5"), (100, "5.4")):
		at = REPORTED - timedelta(days=days)
		lab.report(lab.order(lab.biochemistry), lab.glucose(value, observed_at=at), minutes=-days * 24 * 60)
	frappe.db.commit()
	return lab


def test_the_doctor_sees_the_years_with_the_interval_and_signs(site, make, browser, stack):
	lab = years_of_glucose(make)
	page = desk_of(browser, stack, "Lab Doctor")
	page.goto(f"/app/patient/{lab.patient.name}")
	page.get_by_role("tab", name=frappe._("Medical", "ru")).click()
	chart = page.locator("[data-fieldname=trends] .trend-chart svg")
	expect(chart.locator("circle")).to_have_count(3, timeout=SECONDS)
	expect(chart).to_contain_text("Референсный интервал")
	expect(chart).to_contain_text("↑")
	table = page.locator("[data-fieldname=trends] table")
	expect(table.locator("tbody tr")).to_have_count(3)
	expect(table).to_contain_text("7,5 ↑ выше референсного интервала")
	page.context.close()


def test_the_receptionist_is_asked_for_nothing(site, make, browser, stack):
	lab = years_of_glucose(make)
	page = desk_of(browser, stack, "Lab Receptionist")
	asked = []
	page.on("request", lambda request: asked.append(request.url) if "trend_chart" in request.url else None)
	page.goto(f"/app/patient/{lab.patient.name}")
	expect(page.locator("[data-fieldname=full_name]").first).to_be_visible(timeout=SECONDS)
	expect(page.locator("[data-fieldname=trends] table")).to_have_count(0)
	assert asked == []
	page.context.close()
