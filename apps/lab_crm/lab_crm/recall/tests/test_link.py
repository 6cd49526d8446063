"""The link of an invitation: what it opens, the booking in two clicks, declining."""

from datetime import datetime, timedelta

import frappe
import pytest

from lab_crm.booking import service
from lab_crm.booking.tests.support import GIVEN
from lab_crm.privacy import consents
from lab_crm.recall import offer, reactions, sending
from lab_crm.recall.tests.support import booking, planned
from lab_crm.utils import tokens
from lab_crm.utils.errors import Refusal


@pytest.fixture
def invited(control):
	"""A patient who has agreed to what bookings need, and holds a link."""
	for purpose in GIVEN:
		consents.give(control.patient, purpose, "проба")
	recall = planned(control)
	recall.db_set("status", "Sent")
	frappe.db.commit()
	return frappe._dict(recall=recall, token=tokens.issue(sending.TOKEN, recall.name, 90), control=control)


def refused(call, *given) -> tuple:
	with pytest.raises(Refusal) as answer:
		call(*given)
	return answer.value.code, answer.value.http_status_code, str(answer.value)


def test_bad_links_answer_alike(invited, frozen):
	name = invited.recall.name
	bad = {
		"altered": invited.token[:-2] + ("AA" if invited.token[-2:] != "AA" else "BB"),
		"empty": "",
		"nonsense": "a.b",
		"of another kind": tokens.issue("booking", name, 90),
		"of nothing": tokens.issue(sending.TOKEN, "RCL-00000000", 90),
		"expired": tokens.issue(sending.TOKEN, name, -1),
	}
	answers = {what: refused(offer.by_token, token) for what, token in bad.items()}
	assert len(set(answers.values())) == 1, answers
	assert answers["altered"][:2] == ("LINK_INVALID", 404)
	assert offer.by_token(invited.token).name == name


def test_a_closed_cards_link_opens_nothing(invited):
	frappe.db.set_value("Patient", invited.control.patient, "status", "Deceased")
	assert refused(offer.by_token, invited.token)[0] == "LINK_INVALID"


def test_it_offers_times_in_the_patients_branch(invited, make):
	make.price(invited.control.service, 640)
	found = offer.of(invited.recall)
	assert found["branch"]["name"] == invited.control.branch
	assert [row["service"] for row in found["services"]] == [invited.control.service]
	assert (found["total"], found["currency"]) == (640, "RUB")
	starts = [slot["start"] for slot in found["slots"]]
	assert starts and starts == sorted(starts) and len({start[:10] for start in starts}) == 4


def test_a_control_far_ahead_is_offered_about_its_day(invited):
	invited.recall.due_on += timedelta(days=31)
	first = offer.of(invited.recall)["slots"][0]["start"]
	assert first[:10] == str(invited.recall.due_on - timedelta(days=7))


def test_a_control_beyond_the_horizon_is_offered_as_late_as_it_goes(invited):
	invited.recall.due_on += timedelta(days=200)
	assert offer.of(invited.recall)["slots"]


def test_a_branch_that_is_closed_is_replaced_by_an_open_one(invited, make):
	make.branch()
	frappe.db.set_value("Lab Branch", invited.control.branch, "is_bookable_online", 0)
	instead = offer.branch_of(invited.recall)
	assert instead != invited.control.branch
	assert frappe.db.get_value("Lab Branch", instead, "is_bookable_online")


def book(invited, start: datetime):
	"""Book by the link as one request does."""
	try:
		return offer.book(offer.by_token(invited.token), start)
	finally:
		frappe.db.commit()


def start_of(invited, number: int = 0) -> datetime:
	return datetime.fromisoformat(offer.of(invited.recall)["slots"][number]["start"])


def test_an_offered_time_is_booked_once(invited):
	start, other = start_of(invited), start_of(invited, 2)
	made = book(invited, start)
	assert (made.patient, made.channel, made.recall) == (
		invited.control.patient,
		"Recall",
		invited.recall.name,
	)
	invited.recall.reload()
	assert (invited.recall.status, invited.recall.booking) == ("Booked", made.name)
	assert book(invited, start).name == made.name
	assert refused(book, invited, other)[:2] == ("ALREADY_BOOKED", 409)
	assert frappe.db.count("Booking", {"recall": invited.recall.name}) == 1


def test_a_time_that_is_gone_is_refused_with_the_nearest(invited, make):
	start = start_of(invited)
	service.create(
		invited.control.branch, [invited.control.service], start, make.patient().name, GIVEN, online=False
	)
	frappe.db.commit()
	with pytest.raises(Refusal) as answer:
		book(invited, start)
	assert (answer.value.code, answer.value.http_status_code) == ("SLOT_TAKEN", 409)
	assert answer.value.data["nearest"]
	invited.recall.reload()
	assert invited.recall.status == "Sent"


def test_after_a_cancelled_booking_the_link_books_again(invited):
	made = book(invited, start_of(invited))
	service.cancel(made.name)
	frappe.db.commit()
	again = book(invited, start_of(invited, 1))
	assert again.name != made.name
	reactions.cancelled(frappe._dict(booking=made.name))
	invited.recall.reload()
	assert (invited.recall.status, invited.recall.booking) == ("Booked", again.name)


def test_who_has_booked_otherwise_is_not_booked_twice(invited):
	reactions.booked(frappe._dict(booking=booking(invited.control, 3)))
	frappe.db.commit()
	start = start_of(invited)
	assert refused(book, invited, start)[0] == "ALREADY_BOOKED"


def test_declining_twice_is_declining_once(invited):
	offer.dismiss(invited.token, "уже сдал в другом месте")
	offer.dismiss(invited.token)
	invited.recall.reload()
	assert invited.recall.status == "Dismissed"
	assert "уже сдал в другом месте" in invited.recall.dismiss_reason
	assert refused(offer.by_token, invited.token)[0] == "LINK_INVALID"
	assert refused(offer.dismiss, "a.b")[0] == "LINK_INVALID"


def test_what_is_booked_cannot_be_declined(invited):
	book(invited, start_of(invited))
	assert refused(offer.dismiss, invited.token)[0] == "ALREADY_BOOKED"
