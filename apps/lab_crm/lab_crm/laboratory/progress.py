"""How far an order is: statuses of its items, of the order and of the visit follow from the current
results."""

from dataclasses import dataclass, field
from datetime import datetime

import frappe

from lab_crm.journey import events
from lab_crm.laboratory import observations as obs
from lab_crm.laboratory.result_rows import COPIED, Ordered
from lab_crm.utils import clock

READY, PARTIALLY_READY, IN_PROGRESS, CANCELLED = "Ready", "Partially Ready", "In Progress", "Cancelled"


@dataclass(eq=False)
class Current:
	"""A result of an order that nothing superseded, with its rows."""

	name: str
	status: str
	reported_at: datetime
	rows: list = field(default_factory=list)


def current_results(order: str) -> list[Current]:
	"""Return the results of an order that nothing superseded nor anybody withdrew, the oldest first (one
	query)."""
	result, item = frappe.qb.DocType("Lab Result"), frappe.qb.DocType("Lab Result Item")
	rows = (
		frappe.qb.from_(result)
		.left_join(item)
		.on(item.parent == result.name)
		.select(result.name.as_("result"), result.status.as_("result_status"), result.reported_at)
		.select(*(item[name] for name in COPIED))
		.where((result["order"] == order) & (result.superseded_by.isnull() | (result.superseded_by == "")))
		.where(result.withdrawn == 0)
		.orderby(result.reported_at, result.creation, item.idx)
		.run(as_dict=True)
	)
	found: dict[str, Current] = {}
	for row in rows:
		current = found.setdefault(row.result, Current(row.result, row.result_status, row.reported_at))
		if row.code or row.analyte:
			current.rows.append(row)
	return list(found.values())


def update_order(
	order, wanted: Ordered, result, whole: set[str], others: list[Current], again: bool = False
) -> None:
	"""Move the order, its items and its visit on after `result`; tell the journey when the order is ready.

	Args:
		order: Lab Order document, locked by the caller.
		wanted: what the order asked for.
		result: the Lab Result just stored.
		whole: services of which nothing more is to come.
		others: the other current results of the order.
		again: the same report was read before; an order that was ready by then has been announced.
	"""
	if order.status == CANCELLED:
		return
	is_announced = again and order.status == READY
	known = [*(row for each in others for row in each.rows), *result.items]
	open_items = [row for row in order.items if row.status != CANCELLED]
	before = {item.name: (item.status, item.completed_on) for item in open_items}
	for item in open_items:
		rows = [row for row in known if row.service == item.service]
		_set_item_status(item, rows, wanted.services.get(item.service, set()), item.service in whole, result)
	_write_items([item for item in open_items if before[item.name] != (item.status, item.completed_on)])
	_write_order(order, {item.status for item in open_items}, result)
	booking = follow_order(order)
	if order.status == READY and result.status in obs.SETTLED and not is_announced:
		announce(order, result.name, booking)


def recount(order, wanted: Ordered, lost: set[str]) -> None:
	"""Bring an order, its items and its visit to what the results that are left say; nobody is told.

	Args:
		order: Lab Order document, locked by the caller.
		wanted: what the order asked for.
		lost: services whose values were withdrawn.
	"""
	if order.status == CANCELLED:
		return
	current = current_results(order.name)
	latest = current[-1] if current else None
	open_items = [row for row in order.items if row.status != CANCELLED]
	for item in open_items:
		rows = [row for each in current for row in each.rows if row.service == item.service]
		item.status = "Planned" if item.service in lost else item.status
		_set_item_status(item, rows, wanted.services.get(item.service, set()), False, latest)
	_write_items(open_items)
	_write_order(order, {item.status for item in open_items}, latest)
	if order.visit and order.status != READY:
		visit = frappe.get_doc("Visit", order.visit, for_update=True)
		if visit.status == READY:
			set_quickly(visit, status="Waiting")


def _set_item_status(item, rows: list, analytes: set[str], whole: bool, result) -> None:
	if not rows:
		item.status, item.completed_on = "Planned", None
		return
	settled = all(row.status in obs.SETTLED for row in rows)
	covered = analytes <= {row.analyte for row in rows}
	if settled and (item.status == READY or whole or covered):
		item.completed_on = item.completed_on or result.reported_at
		item.status = READY
	else:
		item.status, item.completed_on = obs.PRELIMINARY, None


def _write_items(changed: list) -> None:
	"""Write statuses of items, one statement for all that changed alike (reports come by the hundred)."""
	alike: dict[tuple, list[str]] = {}
	for item in changed:
		alike.setdefault((item.status, item.completed_on), []).append(item.name)
	table = frappe.qb.DocType("Lab Order Item")
	for (status, completed_on), names in alike.items():
		query = frappe.qb.update(table).set(table.status, status).set(table.completed_on, completed_on)
		query.where(table.name.isin(names)).run()


def _write_order(order, statuses: set[str], result) -> None:
	values = {"status": PARTIALLY_READY if READY in statuses else IN_PROGRESS, "completed_on": None}
	if statuses == {READY}:
		values = {"status": READY, "completed_on": order.completed_on or result.reported_at}
	set_quickly(order, hold_until_call=order.hold_until_call, **values)


def set_quickly(doc, **values) -> None:
	"""Write fields of a document that the system alone moves, without the checks of a form.

	Notifications and webhooks on a change of value work as with `save`, and open screens are refreshed;
	checks of links, children and rights, which nothing here could break, are left out: a report costs a third
	of the statements.
	"""
	doc.db_set(values, notify=True)


def follow_order(order) -> str | None:
	"""Move the visit of a ready order to Ready when nothing of it is awaited; return the booking of the
	visit."""
	if not order.visit:
		return None
	visit = frappe.get_doc("Visit", order.visit, for_update=order.status == READY)
	if order.status == READY and visit.status in ("Registered", "Collecting", "Waiting"):
		closed = (READY, CANCELLED)
		waiting = {"visit": order.visit, "status": ("not in", closed), "name": ("!=", order.name)}
		if not frappe.get_all("Lab Order", filters=waiting, limit=1, pluck="name"):
			set_quickly(visit, status=READY)
	return visit.booking


def announce(order, result: str, booking: str | None) -> None:
	"""Tell the journey that a whole order is ready, unless a doctor must call the patient first."""
	if order.hold_until_call and not order.called_at:
		return
	keys = {"booking": booking, "visit": order.visit, "lab_order": order.name, "lab_result": result}
	events.emit("order.result_ready", patient=order.patient, **keys)


def release(order: str) -> None:
	"""Record that the doctor called: a result that waited for the call is announced now. The caller checked
	the right."""
	doc = frappe.get_doc("Lab Order", order, for_update=True)
	if doc.called_at:
		return
	doc.update({"called_at": clock.now(), "called_by": frappe.session.user})
	doc.save()
	if doc.status == READY and doc.hold_until_call:
		settled = [each.name for each in current_results(order) if each.status in obs.SETTLED]
		announce(doc, settled[-1], follow_order(doc))
