"""Fixtures of all tests (`docs/developing.md`)."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest

from benchkit import site as bench_site
from benchkit import stack as bench_stack
from benchkit.profile import Profile, current

# The embedded ERP is no part of a bench that has ERPNext. Named is what lies in the folder of `testpaths`,
# for the folder itself is always collected.
collect_ignore = [] if "lab_erp" in current().apps else ["apps/lab_erp/lab_erp"]


@pytest.fixture(scope="session")
def profile() -> Profile:
	"""The bench the tests run on."""
	return current(os.environ.get("BENCH_PROFILE") or "test")


@pytest.fixture(scope="session")
def stores(profile: Profile) -> Iterator[None]:
	"""MariaDB and Redis of the test bench."""
	with bench_site.stores(profile):
		yield


@pytest.fixture
def site(profile: Profile, stores: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
	"""A connection to the test site as Administrator; everything is rolled back after the test."""
	import frappe

	monkeypatch.chdir(profile.sites)  # the framework logs to ../logs
	frappe.init(site=profile.site, sites_path=str(profile.sites), force=True)
	frappe.connect()
	frappe.local.lang = "ru"
	frappe.flags.in_test = True
	frappe.flags.mute_emails = True
	try:
		yield
	finally:
		frappe.db.rollback()
		frappe.destroy()


@pytest.fixture
def as_user(site: None) -> Callable[[str], AbstractContextManager]:
	"""`with as_user("Lab Nurse"):` acts as the test user of that role (or as the named user)."""
	from tests.support.users import acting_as

	return acting_as


@pytest.fixture
def make(site: None):
	"""Factories of documents: `make.patient(last_name="Тестова")`."""
	from tests.support.factories import Factories

	return Factories()


@pytest.fixture(scope="session")
def stack(profile: Profile, stores: None):
	"""The whole bench running for the test site."""
	from tests.support.stack import Stack

	with bench_stack.started(profile):
		yield Stack.read(profile.stack_file)


@pytest.fixture(scope="session")
def browser():
	"""Debian's Chromium, headless."""
	from playwright.sync_api import expect, sync_playwright

	from tests.support.browser import LAUNCH, PATIENCE

	expect.set_options(timeout=PATIENCE)
	with sync_playwright() as playwright:
		chromium = playwright.chromium.launch(**LAUNCH)
		yield chromium
		chromium.close()


@pytest.fixture
def browser_page(browser, stack):
	"""A fresh page of a fresh visitor, 360 px wide, Russian, Moscow time."""
	context = browser.new_context(
		base_url=stack.web,
		viewport={"width": 360, "height": 740},
		locale="ru-RU",
		timezone_id="Europe/Moscow",
		accept_downloads=True,
	)
	page = context.new_page()
	yield page
	context.close()


@pytest.fixture
def phone(browser_page, stack):
	"""A page of 360 px that must neither fail nor call anybody else."""
	from tests.support.portal import SECONDS, foreign

	problems = []
	browser_page.set_default_timeout(SECONDS)
	browser_page.on("pageerror", lambda error: problems.append(str(error)))
	browser_page.on("request", lambda request: problems.extend(foreign(request.url, stack.web)))
	yield browser_page
	assert not problems
