"""Booking over real HTTP: made, read, moved, cancelled, put into a calendar, refused."""

from datetime import datetime

import frappe
import pytest
from icalendar import Calendar

from lab_crm.utils import tokens
from tests.support.clinic import open_clinic, somebody
from tests.support.factories import Factories, random_digits

PHONES = (
	"+7{a}{b}{c}{d}",
	"8{a}{b}{c}{d}",
	"7{a}{b}{c}{d}",
	"{a}{b}{c}{d}",
	"+7 {a} {b}-{c}-{d}",
	"8 ({a}) {b}-{c}-{d}",
	"8-{a}-{b}-{c}-{d}",
	"+7({a}){b}{c}{d}",
	"8.{a}.{b}.{c}.{d}",
	"\N{NO-BREAK SPACE}+7\N{NO-BREAK SPACE}{a}\N{NO-BREAK SPACE}{b}\N{NON-BREAKING HYPHEN}{c}\N{EN DASH}{d} ",
)


@pytest.fixture
def clinic(site, stack):
	return open_clinic()


@pytest.fixture
def guest(stack):
	return stack.api()


def create(guest, body):
	return guest.post("booking.create_booking", **body)


def made(guest, body) -> dict:
	answer = create(guest, body)
	assert answer.status_code == 200, answer.text
	return answer.json()["message"]


def error(answer, status: int, code: str) -> dict:
	assert answer.status_code == status, answer.text
	body = answer.json()
	assert set(body) == {"error"}, body
	assert body["error"]["code"] == code, body
	assert any("а" <= char <= "я" for char in body["error"]["message"].lower()), body
	return body["error"]


def bookings(clinic) -> int:
	frappe.db.rollback()  # a new snapshot
	return frappe.db.count("Booking", {"branch": clinic.branch})


class TestMadeAndManaged:
	def test_the_specialist_asked_for_is_booked_and_no_other(self, clinic, guest):
		other = Factories().specialist(clinic.branch, services=[{"kind": "Consultation"}]).name
		frappe.db.commit()
		for specialist in (other, clinic.doctor):
			found = made(guest, clinic.request(specialist=specialist))
			frappe.db.rollback()  # a new snapshot
			assert frappe.db.get_value("Booking", found["booking"], "specialist") == specialist
		answer = create(guest, clinic.request(specialist=other))
		error(answer, 409, "SLOT_TAKEN")

	def test_a_booking_is_made_and_read_back_by_its_link(self, clinic, guest):
		body = clinic.request()
		found = made(guest, body)
		assert (found["status"], found["start"]) == ("Booked", body["start"])
		assert found["manage_url"].endswith(f"/b/{found['manage_token']}")
		seen = guest.get("booking.get_booking", token=found["manage_token"]).json()["message"]
		assert (seen["booking"], seen["can_change"]) == (found["booking"], True)
		assert seen["branch"]["name"] == clinic.branch
		assert "mobile" not in seen and "patient" not in seen

	def test_moved(self, clinic, guest):
		token = made(guest, clinic.request())["manage_token"]
		later = clinic.at(2, 12)
		moved = guest.post("booking.reschedule_booking", token=token, start=later)
		assert moved.status_code == 200, moved.text
		assert moved.json()["message"]["start"] == later
		assert made(guest, clinic.request())["start"] == clinic.at(1, 10)

	def test_cancelled_twice_is_cancelled_once_and_the_time_is_free(self, clinic, guest):
		token = made(guest, clinic.request())["manage_token"]
		for _ in range(2):
			answer = guest.post("booking.cancel_booking", token=token, reason="Заболела")
			assert answer.json()["message"]["status"] == "Cancelled"
		made(guest, clinic.request())

	def test_the_calendar_file(self, clinic, guest):
		found = made(guest, clinic.request())
		answer = guest.get("booking.calendar", token=found["manage_token"])
		assert answer.headers["Content-Type"].startswith("text/calendar")
		assert f"{found['booking']}.ics" in answer.headers["Content-Disposition"]
		[visit] = Calendar.from_ical(answer.text).walk("VEVENT")
		assert visit["dtstart"].dt == datetime.fromisoformat(found["start"])

	def test_what_is_offered_can_be_booked_and_is_offered_no_more(self, clinic, guest):
		asked = {"branch": clinic.branch, "services": clinic.visit}
		asked["date_from"] = asked["date_to"] = clinic.at(1, 0)[:10]
		first = guest.get("booking.get_slots", **asked).json()["message"]["slots"][0]
		made(guest, clinic.request(start=first["start"]))
		left = guest.get("booking.get_slots", **asked).json()["message"]["slots"]
		assert first["start"] not in [slot["start"] for slot in left]


def test_who_has_missed_visits_gets_a_hold_and_the_amount(clinic, guest):
	Factories().price(clinic.visit, 2000)
	rules = {"policy_name": f"Правила {clinic.branch}", "branch": clinic.branch, "prepay_after": 1}
	frappe.get_doc({"doctype": "Booking Policy", **rules}).insert()
	frappe.db.commit()
	who = somebody()
	missed = made(guest, clinic.request(patient=who))
	frappe.db.set_value("Booking", missed["booking"], "status", "No Show")
	frappe.db.commit()
	found = made(guest, clinic.request(patient=who, start=clinic.at(2, 10)))
	assert (found["status"], found["prepayment"]) == ("Held", 2000)
	page = guest.http.get(found["manage_url"], headers={"Accept": "text/html"}, timeout=60)
	assert "предоплат" in page.text and "Вы записаны" not in page.text


class TestRefused:
	def test_a_taken_time_is_409_with_the_nearest_free_ones_which_can_be_booked(self, clinic, guest):
		made(guest, clinic.request())
		found = error(create(guest, clinic.request()), 409, "SLOT_TAKEN")
		starts = [slot["start"] for slot in found["nearest"]]
		assert clinic.at(1, 9, 30) in starts and clinic.at(1, 10, 30) in starts
		assert clinic.at(1, 10) not in starts
		made(guest, clinic.request(start=starts[0]))

	def test_a_move_onto_a_taken_time_leaves_the_booking_where_it_was(self, clinic, guest):
		made(guest, clinic.request())
		token = made(guest, clinic.request(start=clinic.at(1, 12)))["manage_token"]
		found = error(
			guest.post("booking.reschedule_booking", token=token, start=clinic.at(1, 10)), 409, "SLOT_TAKEN"
		)
		assert found["nearest"]
		seen = guest.get("booking.get_booking", token=token).json()["message"]
		assert seen["start"] == clinic.at(1, 12)

	def test_the_same_key_is_the_same_booking_and_with_another_body_it_is_refused(self, clinic, guest):
		body = clinic.request(idempotency_key=f"test-{random_digits(12)}")
		assert made(guest, body)["booking"] == made(guest, body)["booking"]
		for change in ({"start": clinic.at(1, 12)}, {"patient": somebody()}, {"services": [clinic.blood]}):
			error(create(guest, {**body, **change}), 409, "IDEMPOTENCY_KEY_REUSED")
		assert bookings(clinic) == 1

	@pytest.mark.parametrize("text", ["{", "[1, 2", "{'branch': 1}", "\xff\xfe", "[]", "1", "null"])
	def test_bad_json(self, clinic, guest, text):
		headers = {"Content-Type": "application/json"}
		url = guest._url("booking.create_booking")
		answer = guest.http.post(url, data=text.encode("latin-1"), headers=headers, timeout=60)
		error(answer, 400, "INVALID_JSON")
		assert bookings(clinic) == 0

	def test_an_empty_request_is_told_what_is_missing(self, clinic, guest):
		found = error(create(guest, {}), 400, "MISSING_ARGUMENT")
		assert {fault["field"] for fault in found["errors"]} >= {"branch", "services", "start", "patient"}

	@pytest.mark.parametrize(
		"change, status, code, field",
		[
			({"branch": "NOWHERE"}, 404, "BRANCH_UNKNOWN", "branch"),
			({"services": ["NOTHING"]}, 404, "SERVICE_UNKNOWN", "services"),
			({"services": []}, 400, "INVALID_ARGUMENT", "services"),
			({"start": "2020-01-01T10:00:00+03:00"}, 400, "START_IN_PAST", "start"),
			({"start": "tomorrow"}, 400, "INVALID_ARGUMENT", "start"),
			({"start": "2027-01-01T10:00:00"}, 400, "INVALID_ARGUMENT", "start"),
			({"patient": somebody(mobile="12")}, 400, "PHONE_INVALID", "mobile"),
			({"patient": somebody(birth_date="14.13.1985")}, 400, "BIRTH_DATE_INVALID", "birth_date"),
			({"patient": "PAT-00000000"}, 400, "INVALID_ARGUMENT", "patient"),
			({"consents": []}, 400, "CONSENT_REQUIRED", "consents"),
			({"idempotency_key": "short"}, 400, "INVALID_ARGUMENT", "idempotency_key"),
			({"source": {"channel": "Reception"}}, 400, "INVALID_ARGUMENT", "source.channel"),
		],
	)
	def test_bad_input_is_named_and_nothing_is_written(self, clinic, guest, change, status, code, field):
		found = error(create(guest, clinic.request(**change)), status, code)
		assert found["field"] == field
		assert bookings(clinic) == 0

	def test_at_night_nobody_works(self, clinic, guest):
		found = error(create(guest, clinic.request(start=clinic.at(1, 3))), 400, "OFF_SCHEDULE")
		assert found["nearest"]

	@pytest.mark.parametrize("method", ["get_booking", "calendar", "reschedule_booking", "cancel_booking"])
	def test_a_wrong_an_altered_and_a_foreign_link_answer_alike(self, clinic, guest, method):
		token = made(guest, clinic.request())["manage_token"]
		swapped = token[:-1] + ("A" if token[-1] != "A" else "B")
		foreign = tokens.issue("recall", "BKG-00000000", 1)
		for wrong in ("x", swapped, foreign, tokens.issue("booking", "BKG-00000000", 1)):
			if method in ("get_booking", "calendar"):
				answer = guest.get(f"booking.{method}", token=wrong)
			else:
				answer = guest.post(f"booking.{method}", token=wrong, start=clinic.at(1, 12))
			assert error(answer, 404, "LINK_INVALID")["field"] == "token"

	@pytest.mark.parametrize("method", ["create_booking", "reschedule_booking", "cancel_booking"])
	def test_what_changes_something_takes_post_only(self, clinic, guest, method):
		error(guest.get(f"booking.{method}", token="x"), 405, "METHOD_NOT_ALLOWED")


def test_one_phone_however_written_is_one_patient(clinic, guest):
	digits = random_digits(7)
	parts = {"a": "900", "b": digits[:3], "c": digits[3:5], "d": digits[5:]}
	who = somebody()
	for number, form in enumerate(PHONES):
		person = {**who, "mobile": form.format(**parts)}
		made(guest, clinic.request(start=clinic.at(1, 9 + number), patient=person))
	frappe.db.rollback()  # a new snapshot
	patients = set(frappe.get_all("Booking", {"branch": clinic.branch}, pluck="patient"))
	assert [frappe.db.get_value("Patient", name, "mobile") for name in patients] == [f"+7900{digits}"]
