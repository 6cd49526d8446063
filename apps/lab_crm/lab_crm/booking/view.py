"""A booking as its patient sees it: on the page behind the link, in the portal, in messages."""

from datetime import datetime
from typing import Any

import frappe

from lab_crm.booking import service, waiting_list
from lab_crm.catalogue.services import preparation_text
from lab_crm.messaging import calendar_file
from lab_crm.utils import clock

BRANCH_FIELDS = (
	"name", "branch_name", "address", "phone", "how_to_find", "latitude", "longitude", "timezone",
)  # fmt: skip


def of(doc) -> dict[str, Any]:
	"""Return a booking for its patient: times are ISO 8601, local, with offset; money in the price's
	currency.
	"""
	branch = frappe.get_cached_doc("Lab Branch", doc.branch)
	until, offer = service.changeable_until(doc), waiting_list.offered_until(doc)
	return {
		"booking": doc.name,
		"status": doc.status,
		"start": local(doc.start, branch).isoformat(),
		"end": local(doc.end, branch).isoformat(),
		"branch": {field: branch.get(field) for field in BRANCH_FIELDS},
		"services": [
			{"service": row.service, "service_name": row.service_name, "price": float(row.price or 0)}
			for row in doc.services
		],
		"total": float(doc.total or 0),
		"prepayment": float(doc.prepayment or 0) if doc.status == "Held" else 0.0,
		"currency": doc.services[0].currency if doc.services else "RUB",
		"specialist": doc.specialist,
		"specialist_name": specialist_name(doc),
		"patient_name": doc.patient_name,
		"preparation": preparation_text([row.service for row in doc.services]),
		"can_change": service.can_change(doc),
		"change_until": local(until, branch).isoformat(),
		"offer_until": local(offer, branch).isoformat() if offer else None,
		"cancel_reason": doc.cancel_reason,
	}


def calendar(doc) -> str:
	"""Return the booking as the text of an .ics file, without medical content."""
	branch = frappe.get_cached_doc("Lab Branch", doc.branch)
	return calendar_file.visit(
		uid=f"{doc.name}@{frappe.local.site}",
		start=local(doc.start, branch),
		end=local(doc.end, branch),
		summary=branch.branch_name,
		location=branch.address or branch.branch_name,
		description="\n".join(filter(None, (branch.how_to_find, branch.phone, service.manage_url(doc)))),
		stamp=local(doc.modified, branch),
		# Calendars take the higher number for the newer one, and every change of a booking comes later.
		sequence=int((doc.modified - doc.creation).total_seconds()),
		cancelled=doc.status in ("Cancelled", "No Show"),
	)


def local(stored: datetime, branch) -> datetime:
	"""Return a stored time in the branch's zone."""
	return clock.to_zone(stored, branch.timezone)


def specialist_name(doc) -> str | None:
	"""Return the name of the booking's specialist, if it has one."""
	if not doc.specialist:
		return None
	return frappe.get_cached_value("Specialist", doc.specialist, "specialist_name")
