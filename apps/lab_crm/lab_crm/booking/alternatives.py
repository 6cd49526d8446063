"""The same services soon, in another branch."""

import hashlib
import json
from typing import Any

import frappe

from lab_crm.booking import availability
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal

DAYS = 3
MOST = 5
KEY, SECONDS = "lab_crm:elsewhere", 60


def elsewhere(services: list[str], branch: str) -> list[dict[str, Any]]:
	"""Return the first free time of each other branch in the next days, the soonest first; in the branch's
	own city before others.

	Args:
		services: codes of the services of one visit.
		branch: name of the Lab Branch where the patient looks now.

	Returns:
		`{branch, branch_name, address, start}`; kept for a minute, since many look and few book.
	"""
	asked = hashlib.sha256(json.dumps([branch, sorted(services)]).encode()).hexdigest()
	key = f"{KEY}:{asked}"
	found = frappe.cache.get_value(key, expires=True)
	if found is None:
		found = _search(services, branch)
		frappe.cache.set_value(key, found, expires_in_sec=SECONDS)
	return found


def _search(services: list[str], branch: str) -> list[dict[str, Any]]:
	fields = ["name", "branch_name", "address", "city"]
	rows = frappe.get_all("Lab Branch", {"is_active": 1, "is_bookable_online": 1}, fields)
	city = next((row.city for row in rows if row.name == branch), None)
	found = []
	for row in rows:
		start = _first_start(services, row.name) if row.name != branch else None
		if start:
			found.append((row.city != city, start, row))
	found.sort(key=lambda one: one[:2])
	return [
		{"branch": row.name, "branch_name": row.branch_name, "address": row.address, "start": start}
		for _far, start, row in found[:MOST]
	]


def _first_start(services: list[str], branch: str) -> str | None:
	try:
		wish = availability.wish_for(branch, services)
	except Refusal:
		return None  # this branch does not do one of them online: no alternative, and no error either
	today = clock.to_zone(clock.now(), wish.network.zone).date()
	first = availability.first(wish, today, DAYS)
	return first and first["start"]
