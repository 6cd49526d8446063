"""Writing a new Booking whose slot has been placed already."""

from collections.abc import Mapping
from typing import Any

import frappe

from lab_crm.booking import changes
from lab_crm.booking.availability import Wish
from lab_crm.booking.slots import Slot
from lab_crm.utils import clock

SOURCE_FIELDS = (
	"utm_source",
	"utm_medium",
	"utm_campaign",
	"utm_term",
	"utm_content",
	"call_id",
	"inquiry",
	"recall",
)


def write(name: str, wish: Wish, slot: Slot, card, source: Mapping[str, Any], **fields: Any):
	"""Insert a booking for seats that are claimed under its name; return it.

	Args:
		name: of the Booking, under which `placing.place` took the slot.
		wish: what was placed.
		slot: the seats taken.
		card: the Patient, as a document or row with `name` and `full_name`.
		source: channel and `SOURCE_FIELDS`.
		fields: others, `status` among them if it is not Booked.
	"""
	doc = frappe.new_doc("Booking")
	doc.flags.update({"chosen_name": name, "placed": True, "system_move": True})
	doc.update(
		{
			"patient": card.name,
			"patient_name": card.full_name,
			"branch": wish.network.branch,
			"status": "Booked",
			"channel": source.get("channel") or ("Website" if wish.online else "Phone"),
			**{field: source[field] for field in SOURCE_FIELDS if source.get(field)},
			**fields,
		}
	)
	for row in wish.services:
		doc.append("services", {"service": row.name})
	changes.write_slot(doc, slot)
	changes.priced(doc, wish.services, clock.to_zone(doc.start, wish.network.zone))
	# Safe: the slot is claimed, the patient and the services are checked by the caller; the session may be a
	# guest's.
	return doc.insert(ignore_permissions=True, ignore_links=True)
