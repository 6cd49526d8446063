"""Prices of the LIS on the screen of whoever runs the laboratory: what needs no eye is chosen already."""

import secrets

import frappe
from playwright.sync_api import expect

from lab_crm.catalogue import price_book
from lab_crm.lis.tests.arrange import Line
from tests.support.desk import SECONDS, desk_of


def words(text: str, *values) -> str:
	return frappe._(text, "ru").format(*values)


def charges(line: Line, prices: dict[str, int]) -> str:
	"""The text of a message with prices by service."""
	head = f"MSH|^~\\&|{line.application}|DEMO|LABCRM|DEMO|20261125||MFN^M04|{secrets.token_hex(6)}|P|2.5.1"
	lines = [head, "MFI|CDM||UPD|||AL"]
	for code, price in prices.items():
		lines += [f"MFE|MUP|1||{code}^{code}^L|CE", f"CDM|{code}", f"PRC|{code}||||{price}&RUB^UP"]
	return "\r".join(lines) + "\r"


def test_prices_are_looked_at_and_applied(site, make, browser, stack):
	line = Line(make)
	small, great = make.service().name, make.service().name
	for service in (small, great):
		make.price(service, 500)
	message = line.process(charges(line, {small: 550, great: 900, f"?{small}": 100}))
	change = frappe.db.get_value("Catalogue Change", {"lis_message": message.name})
	frappe.db.commit()

	page = desk_of(browser, stack, "Lab Administrator")
	page.goto(f"/app/catalogue-change/{change}")
	rows = page.locator(".catalogue-diff tbody tr")
	expect(rows).to_have_count(3, timeout=SECONDS)
	checked = [row.locator("input").is_checked() for row in rows.all()[:2]]
	assert checked == [True, False], "a great change is not chosen by itself"
	expect(rows.nth(1)).to_contain_text(words("The price rises by {0} %", 80))
	expect(rows.nth(2).locator("input")).to_have_count(0)
	expect(rows.nth(2)).to_contain_text(
		words("There is no service with this code: map it, then compare again")
	)

	page.get_by_role("button", name=words("Apply Chosen")).click()
	page.locator(".modal.show .btn-primary").click()
	expect(rows).to_have_count(2, timeout=SECONDS)
	frappe.db.rollback()
	assert [price_book.price_of(each).price for each in (small, great)] == [550, 500]

	page.get_by_role("button", name=words("Reject"), exact=True).click()
	page.locator(".modal.show textarea").fill("цены ещё не согласованы")
	page.locator(".modal.show .btn-primary").click()
	status = page.locator(".page-head .indicator-pill")
	expect(status).to_contain_text(words("Accepted"), timeout=SECONDS)
	expect(rows.filter(has_text="цены ещё не согласованы")).to_have_count(2)
	frappe.db.rollback()
	assert price_book.price_of(great).price == 500
	page.context.close()
