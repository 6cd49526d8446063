"""No slot is sold twice, nor lost, while the web and the workers are killed in the midst of a rush.

Patients ask again until they get an answer, as the website does: with the same key. `LAB_CRM_ROUNDS` sets how
many rounds (1 without it).
"""

import os
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event, Lock

import frappe
import pytest
import requests

from tests.support import faults
from tests.support.clinic import open_clinic, somebody
from tests.support.factories import random_digits
from tests.support.stack import Api
from tests.test_double_booking import CLIENTS, sold

ROUNDS = int(os.environ.get("LAB_CRM_ROUNDS", "1"))
SECONDS = 180
PAUSE = 0.2
DOWN = (502, 503, 504)


class Rush:
	"""Fifty patients at once who do not give up."""

	def __init__(self, web: str, answers_before_the_fault: int):
		self.web = web
		self.wanted = answers_before_the_fault
		self.gate = Barrier(CLIENTS)
		self.lock = Lock()
		self.under_way = Event()
		self.answered = 0
		self.asked_again = 0

	def run(self, bodies: list[dict], fault) -> list[requests.Response]:
		"""Send all bodies at once, let `fault` happen when some have been answered; return the answers."""
		with ThreadPoolExecutor(CLIENTS + 1) as pool:
			futures = [pool.submit(self._insist, body) for body in bodies]
			assert self.under_way.wait(SECONDS)
			fault()
			return [future.result() for future in futures]

	def _insist(self, body: dict) -> requests.Response:
		client = Api(self.web, None)
		self.gate.wait(SECONDS)
		deadline = time.monotonic() + SECONDS
		while True:
			answer = self._ask(client, body)
			if answer is not None and answer.status_code not in DOWN:
				with self.lock:
					self.answered += 1
					if self.answered >= self.wanted:
						self.under_way.set()
				return answer
			assert time.monotonic() < deadline, "the web did not come back"
			with self.lock:
				self.asked_again += 1
			time.sleep(PAUSE)

	@staticmethod
	def _ask(client: Api, body: dict) -> requests.Response | None:
		try:
			return client.post("booking.create_booking", **body)
		except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
			return None  # no answer or half an answer: asked again


@pytest.mark.parametrize("capacity", [1, 3])
def test_web_and_workers_are_killed_and_exactly_what_there_is_is_sold(site, stack, profile, capacity):
	clinic = open_clinic(chairs=capacity)
	asked_again = 0
	for number in range(ROUNDS):
		start = clinic.at(1 + number // 20, 9 + number % 20 // 2, number % 2 * 30)
		bodies = [
			clinic.request(
				[clinic.blood], start, patient=somebody(), idempotency_key=f"fault-{random_digits(16)}"
			)
			for _ in range(CLIENTS)
		]
		rush = Rush(stack.web, answers_before_the_fault=5)
		answers = rush.run(
			bodies, lambda: [faults.kill(profile, word) for word in ("gunicorn", "worker --quiet")]
		)
		statuses = Counter(answer.status_code for answer in answers)
		assert statuses == {200: capacity, 409: CLIENTS - capacity}, {answer.text for answer in answers}
		assert sold(clinic, start) == [(clinic.chair, seat) for seat in range(capacity)]
		for answer in answers:
			if answer.status_code == 409:
				assert answer.json()["error"]["nearest"]
		asked_again += rush.asked_again
	assert asked_again, "the fault came too late to hurt anybody"
	names = {row.booking for row in frappe.get_all("Slot Claim", {"subject": clinic.chair}, ["booking"])}
	assert len(names) == frappe.db.count("Booking", {"branch": clinic.branch}) == capacity * ROUNDS
