"""The laboratory's branches as patients see them."""

from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

import frappe

from lab_crm.patients import phones

FIELDS = (
	"name", "branch_name", "city", "address", "phone", "opening_hours", "how_to_find", "timezone",
	"horizon_days", "is_bookable_online", "legal_name", "licence",
)  # fmt: skip


def active() -> list[frappe._dict]:
	"""Return the branches at work, the city with most of them first, with the phone as people read it."""
	rows = frappe.get_all("Lab Branch", filters={"is_active": 1}, fields=list(FIELDS), order_by="branch_name")
	for row in rows:
		row.phone_text = phones.show(row.phone) if row.phone else ""
		row.bookable = bool(row.is_bookable_online)
	in_city = Counter(row.city for row in rows)
	return sorted(rows, key=lambda row: (-in_city[row.city], row.city or "", row.branch_name))


def for_booking(rows: list[frappe._dict]) -> list[dict]:
	"""Return what the booking wizard needs of those that take bookings online."""
	keys = ("name", "branch_name", "city", "address", "phone", "opening_hours", "horizon_days")
	return [
		{**{key: row[key] for key in keys}, "offset": offset(row.timezone)} for row in rows if row.bookable
	]


def offset(zone: str) -> int:
	"""Return how many minutes the zone is ahead of UTC now."""
	return int(datetime.now(ZoneInfo(zone)).utcoffset().total_seconds()) // 60
