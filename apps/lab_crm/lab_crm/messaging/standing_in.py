"""A message that stands in for one of another channel: what came before it, and is it needed still."""

from typing import Any

import frappe

from lab_crm.messaging.vocabulary import EVENTS

# Channels are few; a longer chain would be a fault.
LONGEST = 10


def chain(message: str) -> list[str]:
	"""Return a message and those it stands in for, the latest first."""
	names = [message]
	while len(names) < LONGEST:
		before = frappe.db.get_value("Message", names[-1], "replaces")
		if not before or before in names:
			break
		names.append(before)
	return names


def needless(row: Any) -> str | None:
	"""Return why nobody needs a stand-in any more: ARRIVED, ACTED; None: it is needed.

	Args:
		row: `replaces` and, as of any Message, `event`, `patient`, `reference_doctype`, `reference_name`.
	"""
	if not row.replaces:
		return None
	before = chain(row.replaces)
	if frappe.db.exists("Message", {"name": ("in", before), "status": "Delivered"}):
		return "ARRIVED"
	return "ACTED" if _has_acted(row, before[-1]) else None


def _has_acted(row: Any, first: str) -> bool:
	event = EVENTS.get(row.event)
	if not event or not row.patient:
		return False
	since = {"creation": (">", frappe.db.get_value("Message", first, "creation")), "patient": row.patient}
	about_booking = {**since, "booking": row.reference_name, "event": ("in", event.ended_by)}
	if row.reference_doctype == "Booking" and event.ended_by and _happened(about_booking):
		return True
	by_patient = {**since, "event": ("in", event.ended_by_patient)}
	return bool(event.ended_by_patient and _happened(by_patient))


def _happened(filters: dict[str, Any]) -> bool:
	return bool(frappe.db.exists("Journey Event", filters))
