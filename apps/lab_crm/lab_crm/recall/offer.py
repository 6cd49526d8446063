"""What a patient sees behind the link of an invitation, and the booking made from it in two clicks (F40)."""

from datetime import date, datetime, timedelta
from typing import Any

import frappe
from frappe import _

from lab_crm.booking import availability, service
from lab_crm.catalogue import price_book
from lab_crm.recall.sending import TOKEN
from lab_crm.utils import clock, tokens
from lab_crm.utils.errors import Refusal

DAYS, TIMES_A_DAY, TIMES = 14, 2, 8


def by_token(token: str):
	"""Return the Recall behind a link.

	Raises:
		Refusal: LINK_INVALID (404), alike for altered, expired and dismissed ones.
	"""
	name = tokens.read(TOKEN, token)
	doc = frappe.get_doc("Recall", name) if name and frappe.db.exists("Recall", name) else None
	if not doc or doc.status == "Dismissed":
		raise Refusal("LINK_INVALID", _("The link is wrong or out of date"), status=404)
	return doc


def of(recall) -> dict[str, Any]:
	"""Return what is offered: recall, status, reason, services, branch, total, currency, slots, booking.

	`slots` are a few free times of the next days; empty when there is none. `booking` is set when it is made already.
	"""
	branch = frappe.get_cached_doc("Lab Branch", branch_of(recall))
	row = frappe.get_cached_doc("Lab Service", recall.service)
	price = price_book.price_of(recall.service, branch.name)
	return {
		"recall": recall.name,
		"status": recall.status,
		"reason": recall.reason,
		"services": [{"service": row.name, "service_name": row.service_name}],
		"branch": {key: branch.get(key) for key in ("name", "branch_name", "address", "timezone", "phone")},
		"total": float(price.price) if price else None,
		"slots": times(recall, branch.name) if recall.status != "Booked" else [],
		"booking": recall.booking,
	}


def times(recall, branch: str) -> list[dict[str, Any]]:
	"""Return a few free times from the day of the control on, or from tomorrow: two a day, spread over it."""
	first = max(recall.due_on - timedelta(days=7), clock.now().date() + timedelta(days=1))
	try:
		slots = availability.get_slots(branch, [recall.service], first, first + timedelta(days=DAYS - 1))
	except Refusal:
		return []  # the branch or the service takes no online bookings now: the page says whom to call
	days: dict[date, list] = {}
	for slot in slots:
		days.setdefault(datetime.fromisoformat(slot["start"]).date(), []).append(slot)
	picked = []
	for day in days.values():
		picked += [day[len(day) * place // TIMES_A_DAY] for place in range(min(TIMES_A_DAY, len(day)))]
	return picked[:TIMES]


def branch_of(recall) -> str:
	"""Return the branch where the patient was last, else the first that takes online bookings."""
	seen: list[tuple[datetime, str]] = []
	for doctype, moment in (("Lab Order", "ordered_at"), ("Booking", "start")):
		filters = {"patient": recall.patient, "status": ("not in", ("Cancelled", "No Show"))}
		rows = frappe.get_all(
			doctype, filters, ["branch", f"{moment} as at"], order_by=f"{moment} desc", limit=1
		)
		seen += [(row["at"], row.branch) for row in rows if row["at"]]
	last = max(seen)[1] if seen else None
	open_ = {"is_active": 1, "is_bookable_online": 1}
	if last and frappe.db.exists("Lab Branch", {"name": last, **open_}):
		return last
	found = frappe.get_all("Lab Branch", open_, pluck="name", order_by="name", limit=1)
	if not found:
		raise Refusal("NO_BRANCH", _("Online booking is closed now. Call us"), status=409)
	return found[0]


def book(recall, start: datetime, idempotency_key: str):
	"""Book the offered control and return the Booking.

	Args:
		recall: the Recall document.
		start: aware.
		idempotency_key: the same key gives the same booking.

	Raises:
		Refusal: as `booking.service.create`; ALREADY_BOOKED (409).
	"""
	if (
		recall.status == "Booked"
		and frappe.db.get_value("Booking", recall.booking, "idempotency_key") != idempotency_key
	):
		raise Refusal("ALREADY_BOOKED", _("You have already booked by this invitation"), status=409)
	source = {"channel": "Recall", "recall": recall.name}
	branch = branch_of(recall)
	frappe.db.rollback()  # nothing was written; the booking must see what is sold at this moment
	return service.create(branch, [recall.service], start, recall.patient, [], source, idempotency_key)
