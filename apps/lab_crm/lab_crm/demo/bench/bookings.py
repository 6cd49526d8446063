"""`booking_create` and `slots_search`: the booking API under one client, sixteen, and fifty on one time."""

import json
import secrets
import statistics
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial
from typing import Any

import frappe

from lab_crm.demo.bench.http import Web
from lab_crm.demo.bench.measure import Figure, at_once, compared, median, percentile, seconds

ALONE, TOGETHER, CLIENTS = 60, 440, 16
ROUNDS, CROWD = 20, 50
SEARCHES = 60
DAYS = 14
KIND = "Test"


def create(web: Web, branches: list[str]) -> Iterator[Figure]:
	"""Measure `create_booking` against making a ToDo, and count what is sold twice."""
	places = _places(web, branches)
	alone = [seconds(partial(_booked, web, next(places))) for _ in range(ALONE)]
	todo = median(web.todo, ALONE)
	value = statistics.median(alone)
	yield compared(
		"booking_create", "s", value, todo, "<= 2.5", ALONE, "1 client, median; baseline: POST ToDo"
	)
	calls = [partial(_booked, web, next(places)) for _ in range(TOGETHER)]
	answers, took = at_once(calls, CLIENTS)
	_todos, todo_took = at_once([web.todo] * TOGETHER, CLIENTS)
	rates = (TOGETHER / took, TOGETHER / todo_took)
	note = f"{CLIENTS} clients; answers {dict(Counter(answers))}; baseline: ToDo/s with as many"
	yield compared("booking_create", "1/s", *rates, ">= 0.4", TOGETHER, note)
	yield _crowds(web, places)


def search(web: Web, branch: str, service: str) -> Iterator[Figure]:
	"""Measure `get_slots` over a fortnight against `ping`, and count its SQL statements."""
	days = {"date_from": str(date.today()), "date_to": str(date.today() + timedelta(days=DAYS - 1))}
	call = partial(web.get, "booking.get_slots", branch=branch, services=json.dumps([service]), **days)
	call()
	value = percentile([seconds(call) for _ in range(SEARCHES)], 95)
	ping = median(web.ping, SEARCHES)
	note = f"p95 over {DAYS} days; baseline: median ping"
	yield compared("slots_search", "s", value, ping, "<= 5", SEARCHES, note)
	statements = _statements(branch, service)
	yield Figure("slots_search_sql", statements, "statements", None, None, "<= 6", 1, f"{DAYS} days, warm")


def _crowds(web: Web, places: Iterator[dict[str, Any]]) -> Figure:
	"""Let a crowd ask for one time, round after round; count what was sold beyond the seats."""
	oversold = 0
	answers: Counter[int] = Counter()
	for _ in range(ROUNDS):
		place = next(places)
		codes, _took = at_once([partial(_booked, web, place)] * CROWD, CROWD)
		answers.update(codes)
		oversold += max(0, codes.count(200) - place["free"])
	note = f"{CROWD} clients on one time; answers {dict(answers)}"
	return Figure("double_bookings", oversold, "bookings", None, None, "0", ROUNDS, note)


def _places(web: Web, branches: list[str]) -> Iterator[dict[str, Any]]:
	"""Yield free times that do not overlap, of one branch after another."""
	for branch in branches:
		service = _service()
		days = {
			"date_from": str(date.today() + timedelta(days=1)),
			"date_to": str(date.today() + timedelta(days=60)),
		}
		found = web.get("booking.get_slots", branch=branch, services=json.dumps([service]), **days)
		end = ""
		for slot in found["slots"]:
			if slot["start"] >= end:
				end = slot["end"]
				yield {"branch": branch, "services": [service], "start": slot["start"], "free": slot["free"]}


def _booked(web: Web, place: dict[str, Any]) -> int:
	"""Book a place for a new patient; return the HTTP status."""
	body = {
		**{key: place[key] for key in ("branch", "services", "start")},
		"patient": {
			"last_name": "Нагрузкина-Тест",
			"first_name": "Проба",
			"birth_date": "1980-01-01",
			"sex": "Female",
			"mobile": "+7900" + "".join(secrets.choice("0123456789") for _ in range(7)),
		},
		"consents": ["Personal Data", "Medical Data"],
		"source": {"channel": "API"},
		"idempotency_key": secrets.token_hex(16),
	}
	return web.post("booking.create_booking", body).status_code


def _service() -> str:
	filters = {"kind": KIND, "is_bookable_online": 1, "is_active": 1, "sex": ("in", ("", "Any"))}
	return frappe.get_all("Lab Service", filters, pluck="name", order_by="name", limit=1)[0]


def _statements(branch: str, service: str) -> int:
	from lab_crm.booking import availability

	search: Callable[[], Any] = partial(
		availability.get_slots, branch, [service], date.today(), date.today() + timedelta(days=DAYS - 1), None
	)
	search()
	count = 0
	plain = frappe.db.sql

	def counting(*args, **kwargs):
		nonlocal count
		count += 1
		return plain(*args, **kwargs)

	frappe.db.sql = counting
	try:
		search()
	finally:
		frappe.db.sql = plain
	return count
