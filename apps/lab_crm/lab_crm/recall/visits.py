"""When patients last had a service: laboratory tests by their completed orders, everything else by completed bookings."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

import frappe
from frappe.query_builder.functions import Max

GONE = ("Cancelled", "No Show")
CHUNK = 1000


def last_in(services: list[str], first: date, last: date) -> dict[str, datetime]:
	"""Return patient → the last time one of these services was completed, when it lies between two days.

	One pass of SQL over each of the two tables.

	Args:
		services: codes of Lab Services.
		first, last: both inclusive.
	"""
	span = (datetime.combine(first, time.min), datetime.combine(last, time.max))
	found: dict[str, datetime] = {}
	for query in (_completed_orders(services), _completed_bookings(services)):
		source, moment = query
		rows = (
			source.having((Max(moment) >= span[0]) & (Max(moment) <= span[1])).where(moment >= span[0]).run()
		)
		for patient, latest in rows:
			found[patient] = max(latest, found.get(patient, latest))
	return found


def seen_later(services: list[str], candidates: dict[str, datetime]) -> set[str]:
	"""Return those of the candidates who have a later order or booking of these services: nobody need call them.

	Args:
		candidates: patient → the last completed visit.
	"""
	later: set[str] = set()
	for names in _chunks(list(candidates)):
		for query in (_orders(services), _bookings(services)):
			source, table, moment = query
			earliest = min(candidates[name] for name in names)
			rows = source.where(table.patient.isin(names) & (moment > earliest)).run()
			later.update(
				patient for patient, latest in rows if latest > candidates[patient] + timedelta(days=1)
			)
	return later


def _completed_orders(services: list[str]):
	order, item = frappe.qb.DocType("Lab Order"), frappe.qb.DocType("Lab Order Item")
	query = frappe.qb.from_(order).join(item).on(item.parent == order.name)
	query = query.select(order.patient, Max(order.completed_on)).groupby(order.patient)
	return query.where((order.status == "Ready") & item.service.isin(services)), order.completed_on


def _completed_bookings(services: list[str]):
	booking, row = frappe.qb.DocType("Booking"), frappe.qb.DocType("Booking Service")
	query = frappe.qb.from_(booking).join(row).on(row.parent == booking.name)
	query = query.select(booking.patient, Max(booking.start)).groupby(booking.patient)
	return query.where((booking.status == "Completed") & row.service.isin(services)), booking.start


def _orders(services: list[str]):
	order, item = frappe.qb.DocType("Lab Order"), frappe.qb.DocType("Lab Order Item")
	query = frappe.qb.from_(order).join(item).on(item.parent == order.name)
	query = query.select(order.patient, Max(order.ordered_at)).groupby(order.patient)
	return query.where((order.status != "Cancelled") & item.service.isin(services)), order, order.ordered_at


def _bookings(services: list[str]):
	booking, row = frappe.qb.DocType("Booking"), frappe.qb.DocType("Booking Service")
	query = frappe.qb.from_(booking).join(row).on(row.parent == booking.name)
	query = query.select(booking.patient, Max(booking.start)).groupby(booking.patient)
	return query.where(booking.status.notin(GONE) & row.service.isin(services)), booking, booking.start


def _chunks(names: list[str]) -> Iterable[list[str]]:
	return (names[start : start + CHUNK] for start in range(0, len(names), CHUNK))
