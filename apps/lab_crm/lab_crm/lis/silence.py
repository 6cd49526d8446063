"""Watches whether every LIS speaks: staff are told when one is silent too long, and when it speaks again.

Who is told, and how, are Frappe Notifications on `silent_since` of the connection, shipped by `setup`.
"""

from datetime import datetime

import frappe
from frappe.utils import get_time

from lab_crm.booking.network import WEEKDAYS
from lab_crm.lis.identity import IN
from lab_crm.lis.language import speak_to_staff
from lab_crm.lis.working_time import Period, reach_back
from lab_crm.utils import clock


def check() -> list[str]:
	"""Look at every connection that is watched (scheduler, every minute); return those that changed."""
	speak_to_staff()
	_forget_the_unwatched()
	watched = {"enabled": 1, "silence_alert_minutes": (">", 0)}
	names = frappe.get_all("LIS Connection", filters=watched, pluck="name", order_by="name")
	return [name for name in names if _look(name)]


def heard_at(connection: str, since: datetime | None = None) -> datetime | None:
	"""Return when the last message came by a connection, None when there is none (since a moment)."""
	filters = {"connection": connection, "direction": IN}
	if since:
		filters["received_at"] = (">=", since)
	return frappe.db.get_value("LIS Message", filters, "received_at", order_by="received_at desc")


def _look(name: str) -> bool:
	"""Note that a connection fell silent or speaks again; return whether it did."""
	# Two schedulers never tell of one silence twice: the row decides.
	doc = frappe.get_doc("LIS Connection", name, for_update=True)
	if doc.silent_since:
		if not heard_at(name, doc.silent_since):
			return False
		doc.db_set("silent_since", None, update_modified=False, notify=True)
		return True
	since = reach_back(clock.now(), doc.silence_alert_minutes, _periods(doc))
	if since is None or doc.creation > since or heard_at(name, since):
		return False
	# From the moment after the last message: that one must not end the silence.
	doc.db_set("silent_since", since, update_modified=False, notify=True)
	return True


def _forget_the_unwatched() -> None:
	"""A connection that is not watched any more is not silent; nobody is told."""
	table = frappe.qb.DocType("LIS Connection")
	unwatched = (table.enabled == 0) | (table.silence_alert_minutes == 0)
	query = frappe.qb.from_(table).select(table.name).where(table.silent_since.isnotnull() & unwatched)
	for name in query.run(pluck=True):
		frappe.db.set_value("LIS Connection", name, "silent_since", None)


def _periods(doc) -> list[Period]:
	return [
		Period(WEEKDAYS.index(row.weekday), get_time(row.start_time), get_time(row.end_time))
		for row in doc.watch_periods
	]
