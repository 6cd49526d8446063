"""Invitations over real HTTP: opened, booked once, declined, refused."""

from concurrent.futures import ThreadPoolExecutor

import frappe
import pytest

from lab_crm.booking.tests.support import GIVEN
from lab_crm.privacy import consents
from lab_crm.recall import sending
from lab_crm.utils import clock, tokens
from tests.support.clinic import Clinic, open_clinic
from tests.support.stack import wait_for

SOME_TIME = "2027-01-15T10:00:00+03:00"


@pytest.fixture
def guest(stack):
	return stack.api()


@pytest.fixture
def clinic(site, stack) -> Clinic:
	return open_clinic()


@pytest.fixture
def invited(clinic, make):
	"""A patient of the clinic with an invitation."""
	return invite(clinic, make)


def invite(clinic: Clinic, make) -> frappe._dict:
	"""Write a recall of a new patient, as the scan does, and commit it."""
	patient = make.patient().name
	for purpose in GIVEN:
		consents.give(patient, purpose, "проба")
	doc = frappe.new_doc("Recall")
	doc.update({"patient": patient, "service": clinic.blood, "due_on": clock.now().date()})
	doc.update({"reason": "Врач рекомендовал контроль.", "source_key": frappe.generate_hash(length=20)})
	doc.insert()
	order = frappe.new_doc("Lab Order")
	order.update({"patient": patient, "branch": clinic.branch})
	order.append("items", {"service": clinic.blood})
	order.insert()
	frappe.db.commit()
	return frappe._dict(name=doc.name, patient=patient, token=tokens.issue(sending.TOKEN, doc.name, 90))


def offered(guest, invited) -> dict:
	answer = guest.get("recall.open_link", token=invited.token)
	assert answer.status_code == 200, answer.text
	return answer.json()["message"]


def status(name: str) -> tuple:
	frappe.db.rollback()  # a new snapshot
	return frappe.db.get_value("Recall", name, ["status", "booking"])


def test_two_calls_lead_to_the_booking(guest, invited, clinic):
	offer = offered(guest, invited)
	assert offer["branch"]["name"] == clinic.branch and offer["slots"]
	body = {"token": invited.token, "start": offer["slots"][0]["start"], "idempotency_key": "a" * 20}
	made = guest.post("recall.book", **body)
	assert made.status_code == 200, made.text
	booking = made.json()["message"]
	assert status(invited.name) == ("Booked", booking["booking"])
	assert guest.post("recall.book", **body).json()["message"]["booking"] == booking["booking"]
	seen = guest.get("booking.get_booking", token=booking["manage_token"]).json()["message"]
	assert seen["start"] == offer["slots"][0]["start"]
	page = guest.http.get(f"{guest.web}/r/{invited.token}", allow_redirects=False)
	assert page.status_code in (301, 302) and "/b/" in page.headers["Location"]


def test_the_cancelled_booking_gives_the_invitation_back(guest, invited):
	start = offered(guest, invited)["slots"][0]["start"]
	made = guest.post("recall.book", token=invited.token, start=start).json()["message"]
	assert guest.post("booking.cancel_booking", token=made["manage_token"]).status_code == 200
	wait_for(lambda: status(invited.name)[1] is None, "the invitation is open again")
	assert offered(guest, invited)["slots"]


def test_many_clicks_at_once_make_one_booking(stack, guest, invited):
	starts = [slot["start"] for slot in offered(guest, invited)["slots"]]

	def click(number: int):
		return stack.api().post("recall.book", token=invited.token, start=starts[number % len(starts)])

	with ThreadPoolExecutor(12) as pool:
		answers = list(pool.map(click, range(12)))
	assert {answer.status_code for answer in answers} <= {200, 409}, [one.text for one in answers]
	made = {one.json()["message"]["booking"] for one in answers if one.status_code == 200}
	frappe.db.rollback()  # a new snapshot
	assert made == set(frappe.get_all("Booking", {"recall": invited.name}, pluck="name"))
	assert len(made) == 1


def test_a_time_that_is_gone_is_answered_with_the_nearest(guest, invited, clinic, make):
	start = offered(guest, invited)["slots"][0]["start"]
	other = invite(clinic, make)
	assert guest.post("recall.book", token=other.token, start=start).status_code == 200
	answer = guest.post("recall.book", token=invited.token, start=start)
	error = answer.json()["error"]
	assert (answer.status_code, error["code"]) == (409, "SLOT_TAKEN")
	assert error["nearest"] and start not in [slot["start"] for slot in error["nearest"]]
	assert status(invited.name)[0] == "Planned"


@pytest.mark.parametrize("method", ["open_link", "book", "dismiss"])
def test_altered_expired_and_missing_ones_answer_alike(guest, invited, method):
	name = invited.name
	bad = (
		invited.token[:-3] + invited.token[-3:].swapcase()[::-1],
		tokens.issue(sending.TOKEN, name, -1),
		tokens.issue("booking", name, 90),
		tokens.issue(sending.TOKEN, "RCL-00000000", 90),
		"a.b",
	)
	call = guest.get if method == "open_link" else guest.post
	more = {"start": SOME_TIME} if method == "book" else {}
	answers = [call(f"recall.{method}", token=token, **more) for token in bad]
	assert {(answer.status_code, answer.text) for answer in answers} == {(404, answers[0].text)}
	assert answers[0].json()["error"]["code"] == "LINK_INVALID"
	assert status(name)[0] == "Planned"
	pages = [guest.http.get(f"{guest.web}/r/{token}") for token in bad]
	assert {page.status_code for page in pages} == {404}


def test_declining_ends_the_invitation(guest, invited):
	for _time in range(2):
		answer = guest.post("recall.dismiss", token=invited.token, reason="Уже сдано")
		assert (answer.status_code, answer.json()["message"]) == (200, {"status": "Dismissed"})
	assert status(invited.name)[0] == "Dismissed"
	assert guest.get("recall.open_link", token=invited.token).status_code == 404
