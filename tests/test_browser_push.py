"""Notifications in the browser: switched on in the portal, shown by the service worker, reported."""

import json
import re

import frappe
import pytest
from playwright.sync_api import expect

from lab_crm.messaging import outbox, subscriptions
from lab_crm.messaging.tests import fake_push
from lab_crm.privacy import consents
from tests.support.portal import SECONDS, expect_page, open_laboratory, sign_in
from tests.support.stack import wait_for

# No push service of a browser maker is within reach: the browser is given an address at ours. Everything else
# is the browser's own.
SUBSCRIBE = """(told) => {
	const made = { endpoint: told.endpoint, toJSON: () => told };
	PushManager.prototype.subscribe = async function (options) {
		if (!options.userVisibleOnly) throw new Error("a notification must be seen");
		if (options.applicationServerKey.length !== 65) throw new Error("no key");
		localStorage.setItem("subscribed", "1");
		return made;
	};
	PushManager.prototype.getSubscription = async () => localStorage.getItem("subscribed") ? made : null;
}"""
SHOWN = """async () => {
	const registration = await navigator.serviceWorker.getRegistration("/assets/lab_crm/portal/push/");
	const shown = await registration.getNotifications();
	return shown.map(({ title, body, tag, data }) => ({ title, body, tag, url: data.url }));
}"""


@pytest.fixture
def lab(site, make, stack):
	"""A laboratory with a patient who agreed to service messages; seen by everybody."""
	laboratory = open_laboratory(make)
	consents.give_all(laboratory.patient.name, [consents.PERSONAL, consents.SERVICE], "подпись")
	frappe.db.commit()
	return laboratory


@pytest.fixture
def service(site, stack):
	"""A push service that workers reach in place of those of browsers."""
	with fake_push.running() as running:
		_through(running.url)
		yield running
	_through("")


def _through(url: str) -> None:
	channel = frappe.get_doc("Message Channel", "Push")
	channel.base_url = url
	channel.save()
	frappe.db.commit()


def allow(phone, web: str, browser) -> None:
	phone.context.grant_permissions(["notifications"], origin=web)
	told = json.dumps({"endpoint": browser.endpoint, "keys": browser.keys})
	phone.add_init_script(f"({SUBSCRIBE})({told})")


def switch(phone, word: str):
	return phone.get_by_role("button", name=f"{word}: Уведомления в браузере")


def deliver(phone, web: str, parcel: dict) -> None:
	"""Bring a parcel to the service worker as the browser's own push client does."""
	devtools = phone.context.new_cdp_session(phone)
	found = []
	devtools.on("ServiceWorker.workerRegistrationUpdated", lambda event: found.extend(event["registrations"]))
	devtools.send("ServiceWorker.enable")
	phone.wait_for_function("() => true")
	registration = next(one for one in found if one["scopeURL"].endswith("/portal/push/"))
	told = {"origin": web, "registrationId": registration["registrationId"], "data": json.dumps(parcel)}
	devtools.send("ServiceWorker.deliverPushMessage", told)


def delivered(phone, web: str, parcel: dict) -> list[dict]:
	"""Return the notifications after a parcel was brought; the same parcel again shows nothing more.

	One that devtools bring while the browser is just stopping an idle worker is lost, so it is brought again.
	"""
	for _attempt in range(6):
		deliver(phone, web, parcel)
		for _moment in range(50):
			if shown := phone.evaluate(SHOWN):
				return shown
			phone.wait_for_timeout(100)
	raise AssertionError("no notification was shown")


def status_of(message: str) -> str:
	frappe.db.rollback()  # a new snapshot
	return frappe.db.get_value("Message", message, "status")


def test_switched_on_shown_and_reported(phone, stack, lab, service):
	browser = service.browser()
	allow(phone, stack.web, browser)
	sign_in(phone, stack, lab.patient.mobile)
	phone.get_by_role("link", name="Согласия").click()
	expect_page(phone, "Согласия")
	switch(phone, "Включить").click()
	expect(switch(phone, "Выключить")).to_be_visible(timeout=SECONDS)
	phone.reload()
	expect(switch(phone, "Выключить")).to_be_visible(timeout=SECONDS)

	frappe.db.rollback()
	visit = {"date": "22 ноября", "weekday": "воскресенье", "time": "08:30", "address": "Примерная ул., 15"}
	link = f"{stack.web}/my?show=bookings"
	message = outbox.queue(
		"booking.created", lab.patient.name, {**visit, "manage_link": link}, lab.patient, occasion="push"
	)
	assert (message.status, message.channel) == ("Queued", "Push")
	frappe.db.commit()
	parcel = wait_for(lambda: browser.taken, "the parcel")[0]
	shown = delivered(phone, stack.web, parcel)
	assert shown == [
		{
			"title": "Вы записаны",
			"body": "22 ноября (воскресенье) в 08:30, Примерная ул., 15.",
			"tag": message.name,
			"url": "/my?show=bookings",
		}
	]
	wait_for(lambda: status_of(message.name) == "Delivered", "the report")

	switch(phone, "Выключить").click()
	expect(switch(phone, "Включить")).to_be_visible(timeout=SECONDS)
	frappe.db.rollback()
	assert not subscriptions.has(lab.patient.name)


def test_a_browser_that_refuses_says_what_to_do(phone, stack, lab, service):
	sign_in(phone, stack, lab.patient.mobile)
	phone.get_by_role("link", name="Согласия").click()
	switch(phone, "Включить").click()
	expect(phone.get_by_role("alert")).to_contain_text(re.compile("не разрешает уведомления"))
	frappe.db.rollback()
	assert not subscriptions.has(lab.patient.name)
