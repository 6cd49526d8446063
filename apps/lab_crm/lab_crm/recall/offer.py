"""What a patient sees behind the link of an invitation, and the booking made from it in two clicks (F40)."""

from datetime import date, datetime, timedelta
from typing import Any

import frappe
from frappe import _

from lab_crm.booking import availability, service
from lab_crm.catalogue import price_book
from lab_crm.recall import visits
from lab_crm.recall.sending import TOKEN
from lab_crm.utils import clock, tokens
from lab_crm.utils.errors import Refusal
from lab_crm.utils.workflow import system_move

DAYS, TIMES_A_DAY, TIMES = 14, 2, 8
# A control may be some days early: the first times offered are from then on.
EARLY = timedelta(days=7)


def by_token(token: str):
	"""Return the Recall behind a link.

	Raises:
		Refusal: LINK_INVALID (404), alike for altered, expired and foreign tokens, for dismissed recalls and
			for cards that are closed.
	"""
	doc = _read(token)
	if not doc or doc.status == "Dismissed":
		raise _no_link()
	return doc


def of(recall) -> dict[str, Any]:
	"""Return what is offered: recall, status, reason, services, branch, total, currency, slots, booking.

	`slots` are a few free times of the next days; empty when there is none. `booking` is set when it is made
	already. `total` is None without a price.
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
		"currency": price.currency if price else None,
		"slots": times(recall, branch) if recall.status != "Booked" else [],
		"booking": recall.booking,
	}


def times(recall, branch) -> list[dict[str, Any]]:
	"""Return a few free times about the day of the control: two a day, spread over it.

	Args:
		recall: the Recall document.
		branch: the Lab Branch document.
	"""
	today = clock.to_zone(clock.now(), branch.timezone).date()
	latest = today + timedelta(days=max((branch.horizon_days or DAYS) - DAYS, 1))
	first = max(min(recall.due_on - EARLY, latest), today + timedelta(days=1))
	try:
		slots = availability.get_slots(branch.name, [recall.service], first, first + timedelta(days=DAYS - 1))
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
	"""Return the branch where the patient was last, else the first that takes online bookings.

	Raises:
		Refusal: NO_BRANCH (409), when none does.
	"""
	last = visits.branch_of(recall.patient)
	open_ = {"is_active": 1, "is_bookable_online": 1}
	if last and frappe.db.exists("Lab Branch", {"name": last, **open_}):
		return last
	found = frappe.get_all("Lab Branch", open_, pluck="name", order_by="name", limit=1)
	if not found:
		raise Refusal("NO_BRANCH", _("Online booking is closed now. Call us"), status=409)
	return found[0]


def book(recall, start: datetime):
	"""Book the offered control and return the Booking; one invitation makes one booking.

	The key of the booking is the invitation's own, so however often and however parallel a patient presses,
	the database keeps one. When that booking is cancelled, the invitation may be used again.

	Args:
		recall: the Recall document, of `by_token`.
		start: aware.

	Raises:
		Refusal: as `booking.service.create`; ALREADY_BOOKED (409), for another time than was booked.
	"""
	_check_not_booked_otherwise(recall)
	branch, source = branch_of(recall), {"channel": "Recall", "recall": recall.name}
	earlier = frappe.db.count("Booking", {"recall": recall.name, "status": "Cancelled"})
	frappe.db.rollback()  # nothing was written; the booking must see what is sold at this moment
	try:
		key = f"recall:{recall.name}:{earlier}"
		doc = service.create(branch, [recall.service], start, recall.patient, [], source, key)
	except Refusal as refusal:
		if refusal.code != "IDEMPOTENCY_KEY_REUSED":
			raise
		raise _already_booked() from None
	fresh = frappe.get_doc("Recall", recall.name, for_update=True)
	if fresh.status != "Booked" or fresh.booking != doc.name:
		system_move(fresh, "Booked", booking=doc.name, dismiss_reason=None)
	return doc


def dismiss(token: str, reason: str = "") -> None:
	"""Dismiss an invitation for its patient; dismissing twice is dismissing once.

	Args:
		token: of the link.
		reason: the patient's words; may be empty.

	Raises:
		Refusal: LINK_INVALID (404), as `by_token`; ALREADY_BOOKED (409): the booking is to be cancelled.
	"""
	doc = _read(token)
	if not doc:
		raise _no_link()
	doc = frappe.get_doc("Recall", doc.name, for_update=True)
	if doc.status == "Booked":
		raise _already_booked()
	if doc.status != "Dismissed":
		said = _("Declined by the patient: {0}").format(reason) if reason else _("Declined by the patient")
		system_move(doc, "Dismissed", dismiss_reason=said)


def _check_not_booked_otherwise(recall) -> None:
	"""Refuse when the patient has booked this control by another way; by the link itself, the key decides."""
	found = recall.booking and frappe.db.get_value("Booking", recall.booking, ["recall", "status"])
	if recall.status == "Booked" and found and found[0] != recall.name and found[1] not in visits.NOT_COMING:
		raise _already_booked()


def _read(token: str):
	name = tokens.read(TOKEN, token)
	if not name or not frappe.db.exists("Recall", name):
		return None
	doc = frappe.get_doc("Recall", name)
	return doc if frappe.db.get_value("Patient", doc.patient, "status") == "Active" else None


def _already_booked() -> Refusal:
	return Refusal("ALREADY_BOOKED", _("You have already booked this control"), status=409)


def _no_link() -> Refusal:
	return Refusal("LINK_INVALID", _("The link is wrong or out of date"), field="token", status=404)
