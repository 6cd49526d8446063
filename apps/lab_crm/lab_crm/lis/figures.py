"""Figures of the line: what waits and for how long, what failed and why, how long examinations take."""

import re
from collections import Counter
from datetime import date, datetime, timedelta
from statistics import median, quantiles

import frappe
from frappe import _
from pypika.functions import Count, Max, Min

from lab_crm.lis.identity import IN, OUT
from lab_crm.utils import clock
from lab_crm.utils.rights import require

WAITING_IN, WAITING_OUT = ("Received",), ("Queued", "Sent")
FAILED = ("Failed", "Rejected", "Unmatched")
_REASON_LENGTH = 200


@frappe.whitelist()
def oldest_waiting() -> dict:
	"""Return for a number card how many minutes the oldest message has waited for us or for a LIS.

	Raises:
		frappe.PermissionError: the user may not see reports on messages.
	"""
	require("LIS Message", "report")
	since = frappe.db.get_value(
		"LIS Message",
		{"status": ("in", (*WAITING_IN, *WAITING_OUT))},
		"received_at",
		order_by="received_at asc",
	)
	return {"value": minutes_since(since), "fieldtype": "Int", "route": ["query-report", "LIS Queues"]}


def minutes_since(moment: datetime | None) -> int:
	"""Return whole minutes since a stored moment; 0 for none."""
	return int((clock.now() - moment).total_seconds() // 60) if moment else 0


def queues() -> list[dict]:
	"""Return the state of every connection: what waits, since when, what stands still (three queries)."""
	table = frappe.qb.DocType("LIS Message")
	counted = (
		frappe.qb.from_(table)
		.select(table.connection, table.direction, table.status)
		.select(Count("*").as_("count"), Min(table.received_at).as_("oldest"))
		.where(table.status.isin((*WAITING_IN, *WAITING_OUT, "Unmatched", "Failed")))
		.groupby(table.connection, table.direction, table.status)
		.run(as_dict=True)
	)
	heard = dict(
		frappe.qb.from_(table)
		.select(table.connection, Max(table.received_at))
		.where((table.direction == IN) & table.connection.isnotnull())
		.groupby(table.connection)
		.run()
	)
	fields = ["name", "enabled", "is_paused", "silent_since"]
	connections = frappe.get_all("LIS Connection", fields=fields, order_by="name")
	if any(not row.connection for row in counted):
		connections.append(frappe._dict(name=None, enabled=1))
	return [_queue(each, counted, heard.get(each.name)) for each in connections]


def _queue(connection, counted: list, heard: datetime | None) -> dict:
	own = [row for row in counted if (row.connection or None) == connection.name]

	def count(direction: str, *statuses: str) -> int:
		return sum(row["count"] for row in own if row.direction == direction and row.status in statuses)

	waiting = [row.oldest for row in own if row.status in (*WAITING_IN, *WAITING_OUT)]
	return {
		"connection": connection.name,
		"state": _state(connection),
		"to_process": count(IN, *WAITING_IN),
		"unmatched": count(IN, "Unmatched"),
		"failed_in": count(IN, "Failed"),
		"to_send": count(OUT, *WAITING_OUT),
		"dead": count(OUT, "Failed"),
		"oldest_minutes": minutes_since(min(waiting, default=None)),
		"heard_at": heard,
	}


def _state(connection) -> str:
	if not connection.enabled:
		return _("Switched Off")
	if connection.silent_since:
		return _("Silent")
	return _("Sending Is Paused") if connection.is_paused else _("In Order")


def failures(day_from: date, day_to: date) -> list[dict]:
	"""Return the messages that did not go through by reason, the most frequent first.

	Args:
		day_from, day_to: days of receipt, both included, in the site's zone.
	"""
	rows = frappe.get_all(
		"LIS Message",
		filters={
			"status": ("in", FAILED),
			"received_at": ("between", (day_from, day_to)),
		},
		fields=["connection", "direction", "status", "message_type", "error", "received_at"],
	)
	counted: Counter[tuple] = Counter()
	latest: dict[tuple, datetime] = {}
	for row in rows:
		key = (row.connection, row.direction, row.status, row.message_type, reason_of(row.error))
		counted[key] += 1
		latest[key] = max(row.received_at, latest.get(key, row.received_at))
	names = ("connection", "direction", "status", "message_type", "reason")
	return [
		{**dict(zip(names, key, strict=True)), "count": count, "latest": latest[key]}
		for key, count in counted.most_common()
	]


def reason_of(error: str | None) -> str:
	"""Return an error without the numbers and names that make each of its kind another text."""
	first = (error or "").strip().split("\n")[0]
	return re.sub(r"[\w.@#/^-]*\d[\w.@#/^-]*", "…", first)[:_REASON_LENGTH]


def turnaround(day_from: date, day_to: date, branch: str | None = None) -> list[dict]:
	"""Return how long examinations took against the promise of their service, the latest first.

	The clock runs from the collection of the tube, or from the order where there is none.

	Args:
		day_from, day_to: days of completion, both included, in the site's zone.
		branch: only orders of this Lab Branch.
	"""
	hours: dict[str, list[float]] = {}
	services: dict[str, tuple] = {}
	for row in _completed(day_from, day_to, branch):
		taken = (row.completed_on - (row.collected_at or row.ordered_at)).total_seconds() / 3600
		hours.setdefault(row.service, []).append(max(taken, 0.0))
		services[row.service] = (row.service_name, row.turnaround_hours or 0)
	found = [_turnaround(service, *services[service], taken) for service, taken in hours.items()]
	return sorted(found, key=lambda each: (-each["late_share"], -each["count"], each["service"]))


def _completed(day_from: date, day_to: date, branch: str | None) -> list:
	item, order = frappe.qb.DocType("Lab Order Item"), frappe.qb.DocType("Lab Order")
	service, specimen = frappe.qb.DocType("Lab Service"), frappe.qb.DocType("Specimen")
	query = (
		frappe.qb.from_(item)
		.join(order)
		.on(order.name == item.parent)
		.join(service)
		.on(service.name == item.service)
		.left_join(specimen)
		.on(specimen.name == item.specimen)
		.select(item.service, service.service_name, service.turnaround_hours)
		.select(item.completed_on, order.ordered_at, specimen.collected_at)
		.where((item.completed_on >= day_from) & (item.completed_on < day_to + timedelta(days=1)))
	)
	if branch:
		query = query.where(order.branch == branch)
	return query.run(as_dict=True)


def _turnaround(service: str, title: str, promised: int, taken: list[float]) -> dict:
	late = sum(hours > promised for hours in taken) if promised else 0
	slow = quantiles(taken, n=10, method="inclusive")[-1] if len(taken) > 1 else taken[0]
	return {
		"service": service,
		"service_name": title,
		"count": len(taken),
		"promised": promised,
		"median": round(median(taken), 1),
		"slow": round(slow, 1),
		"late": late,
		"late_share": round(100 * late / len(taken), 1),
	}


def column(fieldname: str, label: str, fieldtype: str = "Data", width: int = 130, **more) -> dict:
	"""Return a column of a report as the desk wants it; `label` is translated."""
	return {"fieldname": fieldname, "label": label, "fieldtype": fieldtype, "width": width, **more}
