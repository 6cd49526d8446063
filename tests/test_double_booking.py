"""No slot is ever sold twice: fifty patients at once over HTTP get exactly what there is.

Every round takes a slot of its own. `LAB_CRM_ROUNDS` sets how many (5 without it; 100 for a thorough run).
"""

import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import frappe
import pytest

from tests.support.clinic import open_clinic, somebody
from tests.support.stack import Api

CLIENTS = 50
ROUNDS = int(os.environ.get("LAB_CRM_ROUNDS", "5"))
SLOTS_A_DAY = 20
DEADLINE = 120


def rush(web: str, bodies: list[dict]) -> list:
	"""Send all requests at the same moment, each from a client of its own; return the answers."""
	gate = Barrier(len(bodies))

	def send(body: dict):
		client = Api(web, None)
		gate.wait(DEADLINE)
		return client.post("booking.create_booking", **body)

	with ThreadPoolExecutor(len(bodies)) as pool:
		return list(pool.map(send, bodies))


def slot(clinic, number: int) -> str:
	"""The start of a round: every half an hour from 09:00, from tomorrow on."""
	day, place = divmod(number, SLOTS_A_DAY)
	return clinic.at(1 + day, 9 + place // 2, place % 2 * 30)


def check(answers: list, capacity: int) -> None:
	"""Exactly `capacity` are sold; everybody else gets 409 with the nearest free times."""
	statuses = Counter(answer.status_code for answer in answers)
	others = {answer.text for answer in answers if answer.status_code not in (200, 409)}
	assert statuses == {200: capacity, 409: CLIENTS - capacity}, others
	for answer in answers:
		if answer.status_code == 409:
			refusal = answer.json()["error"]
			assert refusal["code"] == "SLOT_TAKEN"
			assert refusal["nearest"], refusal


def sold(clinic, start: str) -> list[tuple[str, int]]:
	"""The seats sold at a start as the database has them, with how many bookings hold each."""
	frappe.db.rollback()  # a new snapshot
	day = start[:19].replace("T", " ")
	seats = Counter(
		(row.subject, row.seat)
		for row in frappe.get_all(
			"Slot Claim",
			{"subject": ("in", [clinic.chair, clinic.doctor]), "start": day},
			["subject", "seat"],
		)
	)
	assert set(seats.values()) <= {1}
	return sorted(seats)


@pytest.mark.parametrize("capacity", [1, 3])
def test_fifty_at_once_get_exactly_what_there_is(site, stack, capacity):
	clinic = open_clinic(chairs=capacity)
	for number in range(ROUNDS):
		start = slot(clinic, number)
		bodies = [clinic.request([clinic.blood], start, patient=somebody()) for _ in range(CLIENTS)]
		check(rush(stack.web, bodies), capacity)
		assert sold(clinic, start) == [(clinic.chair, seat) for seat in range(capacity)]
	assert frappe.db.count("Booking", {"branch": clinic.branch}) == capacity * ROUNDS


def test_a_visit_of_two_steps_is_sold_whole_or_not_at_all(site, stack):
	clinic = open_clinic(chairs=3)
	start = slot(clinic, 0)
	bodies = [clinic.request([clinic.blood, clinic.visit], start, patient=somebody()) for _ in range(CLIENTS)]
	answers = rush(stack.web, bodies)
	statuses = Counter(answer.status_code for answer in answers)
	assert set(statuses) == {200, 409}, {answer.text for answer in answers}
	names = [answer.json()["message"]["booking"] for answer in answers if answer.status_code == 200]
	frappe.db.rollback()  # a new snapshot
	for name in names:
		held = frappe.get_all("Slot Claim", {"booking": name}, pluck="subject")
		assert Counter(held) == {clinic.chair: 2, clinic.doctor: 6}
	assert frappe.db.count("Slot Claim", {"subject": clinic.doctor}) == 6 * len(names)


def test_the_same_request_fifty_times_at_once_is_one_booking(site, stack):
	clinic = open_clinic(chairs=3)
	body = clinic.request([clinic.blood], idempotency_key=f"key-{clinic.branch}")
	answers = rush(stack.web, [body] * CLIENTS)
	assert Counter(answer.status_code for answer in answers) == {200: CLIENTS}
	assert len({answer.json()["message"]["booking"] for answer in answers}) == 1
	assert len(sold(clinic, body["start"])) == 1
