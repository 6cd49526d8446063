"""Reagents and consumables leave the stock of the branch by norms when a result is ready (F83)."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

import frappe
from frappe import _

from lab_crm.erp import batches, books, branches, counterparts
from lab_crm.erp.batches import Lot
from lab_crm.journey import events
from lab_crm.utils import clock

NORM, ROLE = "Consumption Norm", "consumption"
ISSUE = "Material Issue"


def ready(event) -> None:
	"""Issue what the order's examinations have taken.

	Args:
		event: the Journey Event `order.result_ready`.
	"""
	issue(event.lab_order)


def issue(order: str) -> str | None:
	"""Return the Stock Entry of an order's consumption, made once; None where norms ask for nothing.

	What the branch does not have is not issued (stock never goes below zero): `stock.short` says what is
	missing, and so does the report of consumption against norms.
	"""
	if not books.available() or counterparts.of("Lab Order", order, ROLE):
		return counterparts.of("Lab Order", order, ROLE)
	doc = frappe.get_doc("Lab Order", order)
	needed = needs(row.service for row in doc.items if row.status != "Cancelled")
	if not needed:
		return None
	with books.as_system():
		warehouse = branches.warehouse(doc.branch)
		chosen, missing = _choose(needed, warehouse)
		if missing:
			keys = {"patient": doc.patient, "visit": doc.visit, "lab_order": order}
			events.emit("stock.short", **keys, branch=doc.branch, missing=missing)
		if not chosen:
			return None
		return counterparts.once(
			"Lab Order", order, ROLE, "Stock Entry", lambda: _make(doc, warehouse, chosen)
		)


def needs(services: Iterable[str]) -> dict[str, Decimal]:
	"""Return item → how much of it examinations take by the norms in force; a service twice takes twice."""
	names = list(services)
	filters = {"service": ("in", names or [""]), "is_active": 1}
	norms = dict(frappe.get_all(NORM, filters, ["name", "service"], as_list=True))
	found: dict[str, Decimal] = defaultdict(Decimal)
	rows = frappe.get_all(
		"Consumption Norm Item", {"parenttype": NORM, "parent": ("in", list(norms) or [""])}, ["*"]
	)
	for row in rows:
		found[row.item] += batches.quantity(row.qty) * names.count(norms[row.parent])
	return dict(found)


def _choose(needed: dict[str, Decimal], warehouse: str) -> tuple[list[tuple[str, Lot]], dict[str, float]]:
	chosen, missing = [], {}
	today = clock.now().date()
	for item in sorted(needed):
		taken, left = batches.first_expired_first(batches.lots(item, warehouse), needed[item], today)
		chosen += [(item, lot) for lot in taken]
		if left:
			missing[item] = float(left)
	return chosen, missing


def _make(order, warehouse: str, chosen: list[tuple[str, Lot]]) -> str:
	now = clock.now()
	doc = books.new(
		"Stock Entry",
		stock_entry_type=frappe.db.get_value("Stock Entry Type", {"purpose": ISSUE}),
		purpose=ISSUE,
		set_posting_time=1,
		posting_date=now.date(),
		posting_time=now.time(),
		remarks=_("Consumption of order {0}", lang="ru").format(order.name),
	)
	for item, lot in chosen:
		unit = frappe.get_cached_value("Item", item, "stock_uom")
		doc.append(
			"items",
			{
				"item_code": item,
				"s_warehouse": warehouse,
				"qty": float(lot.qty),
				"uom": unit,
				"stock_uom": unit,
				"conversion_factor": 1,
				"batch_no": lot.batch,
				"use_serial_batch_fields": int(bool(lot.batch)),
				"cost_center": branches.cost_center(order.branch),
				"expense_account": books.setting("default_expense_account"),
			},
		)
	return books.submit(doc).name
