"""Changes of the schedule, told over realtime to the desks that show it.

Only those who may read bookings are in the room, and what is told holds no patient: a branch and a time. Who
hears of it reads the board again, by his own permissions.
"""

import frappe
from frappe.realtime import get_doctype_room

from lab_crm.utils import clock

EVENT = "lab_schedule_changed"


def booking_changed(doc) -> None:
	"""Tell of a Booking that has been written or deleted, once it is committed."""
	versions = [one for one in (doc, doc.get_doc_before_save()) if one]
	_tell(
		{
			"branches": sorted({one.branch for one in versions}),
			"from": _seconds(min(frappe.utils.get_datetime(one.start) for one in versions)),
			"to": _seconds(max(frappe.utils.get_datetime(one.end or one.start) for one in versions)),
		}
	)


def schedules_changed() -> None:
	"""Tell that working hours, rooms, specialists or branches have changed, once it is committed."""
	_tell({})


def _tell(message: dict) -> None:
	frappe.publish_realtime(EVENT, message, room=get_doctype_room("Booking"), after_commit=True)


def _seconds(stored) -> int:
	return int(stored.replace(tzinfo=clock.site_zone()).timestamp())
