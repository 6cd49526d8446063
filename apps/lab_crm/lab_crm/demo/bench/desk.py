"""`desk_open`: how long a person waits for the lists and forms of the desk, in headless Chromium, warm."""

import shutil
import statistics
import time
from collections.abc import Iterator

import frappe

from lab_crm.demo.bench.measure import Figure, compared
from lab_crm.demo.client import Stack

TIMES = 5
LIST, FORM = ".result .list-row-container, .no-result:visible", ".form-page:visible .form-layout"


def open_screens(stack: Stack) -> Iterator[Figure]:
	"""Measure the Booking list and form and the patient card against ToDo's."""
	from playwright.sync_api import sync_playwright

	with sync_playwright() as playwright:
		options = {
			"executable_path": shutil.which("chromium") or "/usr/bin/chromium",
			"args": ["--no-sandbox", "--disable-gpu"],
		}
		browser = playwright.chromium.launch(**options)
		page = browser.new_context(base_url=stack.web, locale="ru-RU").new_page()
		login = next(login for login in stack.state["logins"] if login["role"] == "Administrator")
		page.request.post("/api/method/login", form={"usr": login["user"], "pwd": login["password"]})
		todo_list, todo_form = _opening(page, "/app/todo", LIST), _opening(page, _form("ToDo"), FORM)
		for doctype in ("Booking", "Patient"):
			path = f"/app/{doctype.lower()}"
			yield _figure(f"{doctype} list", _opening(page, path, LIST), todo_list)
			yield _figure(f"{doctype} form", _opening(page, _form(doctype), FORM), todo_form)
		browser.close()


def _figure(what: str, value: float, baseline: float) -> Figure:
	return compared("desk_open", "s", value, baseline, "<= 1.3", TIMES, f"{what}; baseline: ToDo's")


def _opening(page, path: str, selector: str) -> float:
	"""Return the median seconds from the address to the first row or field."""
	taken = []
	for _ in range(TIMES + 1):
		began = time.perf_counter()
		page.goto(path, wait_until="commit")
		page.locator(selector).first.wait_for(state="visible", timeout=30_000)
		taken.append(time.perf_counter() - began)
	return statistics.median(taken[1:])


def _form(doctype: str) -> str:
	name = frappe.get_all(doctype, pluck="name", order_by="creation desc", limit=1)[0]
	return f"/app/{doctype.lower()}/{name}"
