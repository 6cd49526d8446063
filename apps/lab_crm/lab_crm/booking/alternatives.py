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


def by_branch(services: list[str], days: int) -> dict[str, str]:
	"""Return the first free start (ISO 8601, local with offset) in the next days of each active branch that
	does the services of one visit online and has time.
	"""
	rows = frappe.get_all("Lab Branch", {"is_active": 1, "is_bookable_online": 1}, pluck="name")
	found = {branch: _first_start(services, branch, days) for branch in rows}
	return {branch: start for branch, start in found.items() if start}


def _search(services: list[str], branch: str) -> list[dict[str, Any]]:
	starts = by_branch(services, DAYS)
	fields = ["name", "branch_name", "address", "city"]
	rows = frappe.get_all("Lab Branch", {"name": ("in", [*starts, branch])}, fields)
	city = next((row.city for row in rows if row.name == branch), None)
	others = [row for row in rows if row.name in starts and row.name != branch]
	others.sort(key=lambda row: (row.city != city, starts[row.name]))
	return [
		{
			"branch": row.name,
			"branch_name": row.branch_name,
			"address": row.address,
			"start": starts[row.name],
		}
		for row in others[:MOST]
	]


def _first_start(services: list[str], branch: str, days: int) -> str | None:
	try:
		wish = availability.wish_for(branch, services)
	except Refusal:
		return None  # this branch does not do one of them online: no alternative, and no error either
	today = clock.to_zone(clock.now(), wish.network.zone).date()
	first = availability.first(wish, today, days)
	return first and first["start"]
