"""Collecting again what could not be used: a booking at no price, and a word to the patient (F24).

The examinations were paid for once, and their order is still open with a new tube planned in it; so the visit
by this booking makes neither an order nor a charge.
"""

from datetime import date, datetime
from typing import Any

import frappe
from frappe import _

from lab_crm.booking import availability, placing, service, writing
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal
from lab_crm.utils.names import random_name
from lab_crm.utils.rights import require

OVER = ("Cancelled", "No Show")
CHANNEL = "Phone"


@frappe.whitelist(methods=["GET"])
def free(specimen: str, first_day: str | None = None) -> dict[str, Any]:
	"""Return when a tube may be collected again.

	Args:
		specimen: barcode of the tube that is planned in the place of a rejected one.
		first_day: local day of the branch, ISO 8601; None: today.

	Returns:
		`services` (names), `branch` and `starts` of a fortnight (ISO 8601, local, with offset).

	Raises:
		frappe.PermissionError: the user may not make bookings or see this specimen.
		Refusal: as `book`; `DATE_INVALID`.
	"""
	require("Booking", "create")
	tube = _planned(frappe.get_doc("Specimen", specimen))
	rows = services_of(tube)
	try:
		day = date.fromisoformat(first_day) if first_day else None
	except ValueError:
		message = _("A date is expected, as 2026-11-21")
		raise Refusal("DATE_INVALID", message, "first_day") from None
	codes = [row.service for row in rows]
	slots = availability.get_slots(tube.branch, codes, day, online=False)
	return {
		"services": [row.service_name for row in rows],
		"branch": frappe.db.get_value("Lab Branch", tube.branch, "branch_name"),
		"starts": [slot["start"] for slot in slots],
	}


@frappe.whitelist(methods=["POST"])
def book(specimen: str, start: str) -> str:
	"""Book the patient for collecting a tube again, at no price; return the Booking.

	Asked twice, it answers with the booking there is.

	Args:
		specimen: barcode of the tube that is planned in the place of a rejected one.
		start: ISO 8601 with offset.

	Raises:
		frappe.PermissionError: the user may not make bookings or see this specimen.
		Refusal: `NOTHING_TO_COLLECT` (409), `DATE_INVALID`, and as `placing.check_start` and `place`.
	"""
	require("Booking", "create")
	try:
		at = datetime.fromisoformat(start)
	except ValueError:
		at = None
	if at is None or at.tzinfo is None:
		raise Refusal("DATE_INVALID", _("A date is expected, as 2026-11-21"), "start")
	return _book(specimen, clock.from_aware(at))


@service.retried
def _book(specimen: str, start: datetime) -> str:
	tube = _planned(frappe.get_doc("Specimen", specimen, for_update=True))
	if booked := active_booking(tube):
		return booked
	codes = [row.service for row in services_of(tube)]
	wish = availability.wish_for(tube.branch, codes, online=False)
	name = random_name("BKG")
	slot = placing.place(wish, name, placing.check_start(wish, start))
	card = frappe.get_doc("Patient", tube.patient)
	reason = _("Collecting again: specimen {0}").format(tube.replaces)
	doc = writing.write(name, wish, slot, card, {"channel": CHANNEL}, free_reason=reason)
	tube.db_set("recollection", doc.name, notify=True)
	return doc.name


def active_booking(tube) -> str | None:
	"""Return the booking by which a tube will be collected, if there is one that still holds."""
	if not tube.recollection:
		return None
	status = frappe.db.get_value("Booking", tube.recollection, "status", for_update=True)
	return tube.recollection if status and status not in OVER else None


def order_of(booking: str) -> str | None:
	"""Return the order whose tube a booking is to collect again; None for any other booking."""
	return frappe.db.get_value("Specimen", {"recollection": booking}, "order")


def services_of(tube) -> list[frappe._dict]:
	"""Return the examinations (`service`, `service_name`) that wait for a tube."""
	filters = {"parent": tube.order, "specimen": tube.name, "status": ("!=", "Cancelled")}
	return frappe.get_all("Lab Order Item", filters, ["service", "service_name"], order_by="idx")


def _planned(tube):
	tube.check_permission("read")
	if tube.status != "Planned" or not tube.replaces:
		message = _("Specimen {0} does not wait to be collected again").format(tube.name)
		raise Refusal("NOTHING_TO_COLLECT", message, status=409)
	return tube
