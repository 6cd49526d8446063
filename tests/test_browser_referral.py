"""A referral to another laboratory at the nurse's desk: sent; a bad workbook is refused by its row."""

import base64
import secrets

import frappe
from openpyxl import load_workbook
from playwright.sync_api import expect

from lab_crm.laboratory.tests.arrange import Laboratory, insert
from lab_crm.lis.external import referrals, sending
from tests.support.desk import SECONDS, desk_of

UPLOAD = """async ([name, data]) => {
	const form = new FormData();
	form.append("file", new Blob([Uint8Array.from(atob(data), (one) => one.charCodeAt(0))]), name);
	form.append("is_private", "1");
	const headers = { "X-Frappe-CSRF-Token": frappe.csrf_token };
	const answer = await fetch("/api/method/upload_file", { method: "POST", headers, body: form });
	cur_dialog.set_value("file_url", (await answer.json()).message.file_url);
}"""


def choose(page, path) -> None:
	"""Attach a workbook in the dialog and have it checked."""
	page.get_by_role("button", name=frappe._("Take Results from Excel", "ru")).click()
	page.wait_for_function("window.cur_dialog?.fields_dict.file_url && cur_dialog.display")
	page.evaluate(UPLOAD, [path.name, base64.b64encode(path.read_bytes()).decode()])
	page.locator(".modal.show .btn-primary").click()


def test_a_referral_is_sent_and_its_results_are_taken(site, make, browser, stack, tmp_path):
	lab = Laboratory(make)
	title = f"Лаборатория {secrets.token_hex(4)}"
	row = {"service": lab.biochemistry.name, "their_code": "A-17", "cost": 120}
	outside = insert(
		"External Laboratory", title=title, channel="Email", email="o@lab-crm.invalid", services=[row]
	)
	order = lab.order(lab.biochemistry, status="Draft")
	(name,) = referrals.refer(order.name)
	frappe.db.commit()
	paths = {}
	for value in ("много", "5,7"):
		paths[value] = tmp_path / f"{secrets.token_hex(4)}.xlsx"
		paths[value].write_bytes(sending.sheet(frappe.get_doc("External Referral", name), outside))
		book = load_workbook(paths[value])
		book.active["H4"] = value
		book.save(paths[value])
	page = desk_of(browser, stack, "Lab Nurse")
	page.goto(f"/app/external-referral/{name}")
	page.get_by_role("button", name=frappe._("Send to the Laboratory", "ru")).click()
	page.locator(".modal.show .btn-primary").click()
	pill = page.locator(".page-head .indicator-pill")
	expect(pill).to_contain_text("Отправлено", timeout=SECONDS)
	choose(page, paths["много"])
	dialog = page.locator(".modal.show")
	expect(dialog).to_contain_text("Строка 4, столбец «Значение»: «много» — не число", timeout=SECONDS)
	dialog.locator(".btn-primary").click()
	choose(page, paths["5,7"])
	expect(dialog).to_contain_text("Значений: 1, направлений: 1", timeout=SECONDS)
	dialog.locator(".btn-primary").click()
	expect(pill).to_contain_text("Готово", timeout=SECONDS)
	frappe.db.rollback()
	result = frappe.get_doc("Lab Result", {"order": order.name})
	assert [(each.value, each.laboratory) for each in result.items] == [("5.7", title)]
	page.context.close()
