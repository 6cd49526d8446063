"""How far an order is: statuses of its items, of the order and of the visit follow from the current results."""

from dataclasses import dataclass, field
from datetime import datetime

import frappe

from lab_crm.journey import events
from lab_crm.laboratory import observations as obs
from lab_crm.laboratory.result_rows import COPIED, Ordered
from lab_crm.utils import clock
from lab_crm.utils.workflow import system_move

READY, PARTIALLY_READY, IN_PROGRESS, CANCELLED = "Ready", "Partially Ready", "In Progress", "Cancelled"


@dataclass(eq=False)
class Current:
	"""A result of an order that nothing superseded, with its rows."""

	name: str
	status: str
	reported_at: datetime
	rows: list = field(default_factory=list)


def current_results(order: str) -> list[Current]:
	"""Return the results of an order that nothing superseded, the oldest first (one query)."""
	result, item = frappe.qb.DocType("Lab Result"), frappe.qb.DocType("Lab Result Item")
	rows = (
		frappe.qb.from_(result)
		.left_join(item)
		.on(item.parent == result.name)
		.select(result.name.as_("result"), result.status.as_("result_status"), result.reported_at)
		.select(*(item[name] for name in COPIED))
		.where((result["order"] == order) & (result.superseded_by.isnull() | (result.superseded_by == "")))
		.orderby(result.reported_at, result.creation, item.idx)
		.run(as_dict=True)
	)
	found: dict[str, Current] = {}
	for row in rows:
		current = found.setdefault(row.result, Current(row.result, row.result_status, row.reported_at))
		if row.code or row.analyte:
			current.rows.append(row)
	return list(found.values())


def update_order(order, wanted: Ordered, result, whole: set[str], others: list[Current]) -> None:
	"""Move the order, its items and its visit on after `result`; tell the journey when the order is ready.

	Args:
		order: Lab Order document, locked by the caller.
		wanted: what the order asked for.
		result: the Lab Result just stored.
		whole: services of which nothing more is to come.
		others: the other current results of the order.
	"""
	if order.status == CANCELLED:
		return
	known = [*(row for each in others for row in each.rows), *result.items]
	open_items = [row for row in order.items if row.status != CANCELLED]
	for item in open_items:
		rows = [row for row in known if row.service == item.service]
		_set_item_status(item, rows, wanted.services.get(item.service, set()), item.service in whole, result)
	_set_order_status(order, {item.status for item in open_items}, result)
	# Safe: a report matched to this order; nobody's own rights are at play.
	order.save(ignore_permissions=True)
	if order.status == READY:
		if order.visit:
			visit_ready(order.visit)
		if result.status in obs.SETTLED:
			announce(order, result.name)


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


def _set_order_status(order, statuses: set[str], result) -> None:
	if statuses == {READY}:
		order.completed_on = order.completed_on or result.reported_at
		order.status = READY
		return
	order.completed_on = None
	order.status = PARTIALLY_READY if READY in statuses else IN_PROGRESS


def visit_ready(visit: str) -> None:
	"""Move a visit to Ready once every order of it is ready or cancelled."""
	waiting = frappe.get_all(
		"Lab Order", filters={"visit": visit, "status": ("not in", (READY, CANCELLED))}, limit=1, pluck="name"
	)
	if waiting:
		return
	doc = frappe.get_doc("Visit", visit, for_update=True)
	if doc.status in ("Registered", "Collecting", "Waiting"):
		system_move(doc, READY)


def announce(order, result: str) -> None:
	"""Tell the journey that a whole order is ready, unless a doctor must call the patient first."""
	if order.hold_until_call and not order.called_at:
		return
	booking = frappe.db.get_value("Visit", order.visit, "booking") if order.visit else None
	events.emit(
		"order.result_ready",
		patient=order.patient,
		booking=booking,
		visit=order.visit,
		lab_order=order.name,
		lab_result=result,
	)


def release(order: str) -> None:
	"""Record that the doctor called: a result that waited for the call is announced now. The caller checked the right."""
	doc = frappe.get_doc("Lab Order", order, for_update=True)
	if doc.called_at:
		return
	doc.update({"called_at": clock.now(), "called_by": frappe.session.user})
	doc.save()
	if doc.status == READY:
		settled = [each.name for each in current_results(order) if each.status in obs.SETTLED]
		announce(doc, settled[-1])
