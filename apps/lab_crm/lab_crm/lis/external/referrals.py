"""Examinations that another laboratory makes: which they are, and the referral that takes them there (F26).

What goes out, to whom and for how much is said by the External Laboratory documents. A new order adds its
examinations to the open referral of its branch; a person sends it, and it takes no more from then on.
"""

from collections.abc import Iterable

import frappe

from lab_crm.journey import events
from lab_crm.utils import clock
from lab_crm.utils.once import insert_once

DOCTYPE = "External Referral"
DRAFT, SENT, PARTLY, RETURNED, CANCELLED = "Draft", "Sent", "Partly Returned", "Returned", "Cancelled"
WAITING, BACK, TAKEN_BACK = "Waiting", "Returned", "Taken Back"  # states of items


def routes(services: Iterable[str], branch: str) -> dict[str, frappe._dict]:
	"""Return service → the row of the laboratory that makes it for a branch (`laboratory`, `their_code`,
	`cost`).

	A row of the branch goes before one for all branches; of several laboratories the first by name is taken.
	"""
	row, laboratory = (
		frappe.qb.DocType("External Laboratory Service"),
		frappe.qb.DocType("External Laboratory"),
	)
	found = (
		frappe.qb.from_(row)
		.join(laboratory)
		.on(laboratory.name == row.parent)
		.select(laboratory.name.as_("laboratory"), row.service, row.branch, row.their_code, row.cost)
		.where((laboratory.is_active == 1) & row.service.isin([*services, ""]))
		.where(row.branch.isnull() | row.branch.isin(["", branch]))
		.run(as_dict=True)
	)
	chosen: dict[str, frappe._dict] = {}
	for each in sorted(found, key=lambda one: (not one.branch, one.laboratory)):
		chosen.setdefault(each.service, each)
	return chosen


def refer(order: str) -> list[str]:
	"""Put the examinations of an order that go out on referrals; return those. Twice does nothing more.

	Their rows in the order say who makes them, and the laboratory's own LIS is not told of them.
	"""
	doc = frappe.get_doc("Lab Order", order, for_update=True)
	open_items = [row for row in doc.items if row.status == "Planned" and not row.external_laboratory]
	chosen = routes((row.service for row in open_items), doc.branch)
	touched = []
	for laboratory in sorted({route.laboratory for route in chosen.values()}):
		referral = _open_referral(laboratory, doc.branch)
		for row in open_items:
			route = chosen.get(row.service)
			if route and route.laboratory == laboratory:
				_add(referral, doc, row, route)
				row.db_set("external_laboratory", laboratory)
		_save(referral)
		touched.append(referral.name)
	return touched


def take_back(order: str) -> list[str]:
	"""Take the examinations of a cancelled order off their referrals; one that was sent keeps them marked.

	Returns:
		The referrals that were sent: their laboratories have to be told.
	"""
	sent = []
	for referral in _waiting(order):
		for row in _rows_of(referral, order):
			if referral.status == DRAFT:
				referral.items.remove(row)
			else:
				row.state = TAKEN_BACK
		if referral.status == DRAFT:
			_save(referral)
		else:
			settle(referral)
			sent.append(referral.name)
	return sent


def change_tubes(order: str) -> list[str]:
	"""Bring the barcodes of an order's examinations on referrals to those of its tubes.

	Returns:
		The referrals that were sent and have changed: their laboratories have to be told.
	"""
	rows = frappe.get_all("Lab Order Item", {"parent": order}, ["service", "specimen"])
	tubes = {row.service: row.specimen for row in rows}
	sent = []
	for referral in _waiting(order):
		old = [row for row in _rows_of(referral, order) if row.specimen != tubes.get(row.service)]
		for row in old:
			row.specimen = tubes.get(row.service)
		if old:
			_save(referral)
		if old and referral.status != DRAFT:
			sent.append(referral.name)
	return sent


def settle(referral) -> None:
	"""Bring the status of a sent referral to what its items say, and save it; tell the journey when all is
	back.
	"""
	before, states = referral.status, {row.state for row in referral.items}
	if before not in (DRAFT, CANCELLED):
		if states == {TAKEN_BACK}:
			referral.status = CANCELLED
		elif WAITING not in states:
			referral.status = RETURNED
			referral.returned_at = referral.returned_at or clock.now()
		elif BACK in states:
			referral.status = PARTLY
	_save(referral)
	if referral.status == RETURNED and before != RETURNED:
		events.emit("referral.returned", referral=referral.name, laboratory=referral.laboratory)


def waiting_for(laboratory: str, order: str) -> str | None:
	"""Return the sent referral to a laboratory in which an order still waits for values."""
	item, referral = frappe.qb.DocType("External Referral Item"), frappe.qb.DocType(DOCTYPE)
	rows = (
		frappe.qb.from_(item)
		.join(referral)
		.on(referral.name == item.parent)
		.select(referral.name)
		.where((referral.laboratory == laboratory) & (item.lab_order == order))
		.where(referral.status.isin([SENT, PARTLY, RETURNED]))
		.orderby(referral.creation)
		.run(pluck=True)
	)
	return rows[0] if rows else None


def _waiting(order: str) -> list:
	"""Return the referrals on which an order waits, locked."""
	names = frappe.get_all("External Referral Item", {"lab_order": order, "state": WAITING}, pluck="parent")
	return [frappe.get_doc(DOCTYPE, name, for_update=True) for name in sorted(set(names))]


def _rows_of(referral, order: str) -> list:
	return [row for row in referral.items if row.lab_order == order and row.state == WAITING]


def _open_referral(laboratory: str, branch: str):
	"""Return the draft that takes what comes, locked; made if there is none.

	Two orders at once meet at its key, which is given up when it is sent.
	"""
	doc = frappe.new_doc(DOCTYPE)
	doc.update({"laboratory": laboratory, "branch": branch, "open_key": f"{laboratory}:{branch}"})
	doc.flags.by_system = True
	made = insert_once(doc, "open_key")
	return frappe.get_doc(DOCTYPE, made.name, for_update=True)


def _add(referral, order, row, route) -> None:
	referral.append(
		"items",
		{
			"lab_order": order.name,
			"service": row.service,
			"service_name": row.service_name,
			"specimen": row.specimen,
			"their_code": route.their_code,
			"cost": route.cost,
			"state": WAITING,
			"item_key": f"{order.name}:{row.service}",
		},
	)


def _save(referral) -> None:
	referral.total_cost = sum(row.cost or 0 for row in referral.items if row.state != TAKEN_BACK)
	referral.flags.by_system = True
	referral.save(ignore_permissions=True)  # safe: what the order and the documents of laboratories say
