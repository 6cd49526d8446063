"""The waiting list over real HTTP: joined on the website, offered by message, taken by its link."""

import frappe
import pytest

from lab_crm.journey import events
from tests.support.clinic import open_clinic, somebody


@pytest.fixture
def clinic(site, stack):
	return open_clinic()


@pytest.fixture
def guest(stack):
	return stack.api()


def wish(clinic, **changes) -> dict:
	request = clinic.request()
	kept = {key: request[key] for key in ("branch", "services", "patient", "consents")}
	return {**kept, "date_from": clinic.at(1, 0)[:10], "date_to": clinic.at(2, 0)[:10], **changes}


def entry_of(name: str):
	frappe.db.rollback()  # a new snapshot
	return frappe.get_doc("Waiting List Entry", name)


def test_a_cancelled_time_is_offered_and_taken(clinic, guest, stack):
	booked = guest.post("booking.create_booking", **clinic.request()).json()["message"]
	joined = [guest.post("waiting_list.join", **wish(clinic, patient=somebody())) for _ in range(2)]
	assert [answer.status_code for answer in joined] == [200, 200], joined[0].text
	first, second = (answer.json()["message"] for answer in joined)
	guest.post("booking.cancel_booking", token=booked["manage_token"])
	run_subscribers(booked["booking"], "booking.cancelled")
	assert entry_of(first["entry"]).status == "Offered"
	assert entry_of(second["entry"]).status == "Waiting"
	held = frappe.get_doc("Booking", entry_of(first["entry"]).booking)
	text = message_of(held.name)
	token = text.body.split("/b/")[1].split()[0]
	seen = guest.get("booking.get_booking", token=token).json()["message"]
	assert (seen["status"], seen["start"]) == ("Held", booked["start"])
	assert seen["offer_until"]
	page = guest.http.get(f"{stack.web}/b/{token}", headers={"Accept": "text/html"}, timeout=60)
	assert 'id="accept"' in page.text
	for _ in range(2):
		taken = guest.post("waiting_list.accept", token=token)
		assert taken.json()["message"]["status"] == "Booked", taken.text
	assert entry_of(first["entry"]).status == "Booked"
	assert entry_of(second["entry"]).status == "Waiting"


def run_subscribers(booking: str, event: str) -> None:
	"""Do at once what a worker would do soon; whoever of the two comes second finds it done."""
	frappe.db.rollback()  # a new snapshot
	for name in frappe.get_all("Journey Event", {"booking": booking, "event": event}, pluck="name"):
		events.dispatch(name)
	frappe.db.rollback()


def message_of(booking: str):
	filters = {"reference_name": booking, "event": "waiting_list.offer"}
	return frappe.get_doc("Message", frappe.db.get_value("Message", filters))


def test_left_by_the_link(clinic, guest):
	joined = guest.post("waiting_list.join", **wish(clinic)).json()["message"]
	left = guest.post("waiting_list.leave", token=joined["leave_token"])
	assert left.json()["message"] == {"entry": joined["entry"], "status": "Cancelled"}


@pytest.mark.parametrize(
	"change, status, code",
	[
		({"branch": "NOWHERE"}, 404, "BRANCH_UNKNOWN"),
		({"services": ["NOTHING"]}, 404, "SERVICE_UNKNOWN"),
		({"date_to": "2020-01-01"}, 400, "RANGE_INVALID"),
		({"date_from": "soon"}, 400, "INVALID_ARGUMENT"),
		({"weekdays": ["someday"]}, 400, "INVALID_ARGUMENT"),
		({"time_from": "25:00"}, 400, "INVALID_ARGUMENT"),
		({"time_from": "12:00", "time_to": "09:00"}, 400, "HOURS_INVALID"),
		({"consents": []}, 400, "CONSENT_REQUIRED"),
		({"patient": {"last_name": "Тестова"}}, 400, "MISSING_ARGUMENT"),
	],
)
def test_bad_input_is_refused_and_nothing_is_written(clinic, guest, change, status, code):
	answer = guest.post("waiting_list.join", **wish(clinic, **change))
	assert answer.status_code == status, answer.text
	assert answer.json()["error"]["code"] == code
	frappe.db.rollback()  # a new snapshot
	assert not frappe.db.count("Waiting List Entry", {"branch": clinic.branch})


def test_an_ordinary_booking_is_no_offer_and_a_wrong_link_opens_nothing(clinic, guest):
	for token in ("x", "waiting"):
		for method in ("accept", "leave"):
			answer = guest.post(f"waiting_list.{method}", token=token)
			assert (answer.status_code, answer.json()["error"]["code"]) == (404, "LINK_INVALID")
