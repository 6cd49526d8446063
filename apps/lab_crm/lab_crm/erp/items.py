"""Services in the ERP: an Item each, and its prices as Item Prices."""

from collections.abc import Callable
from datetime import date
from typing import Any

import frappe

from lab_crm.catalogue.prices import SELF_PAY
from lab_crm.erp import books, counterparts

ITEM, PRICE, LIST = "item", "item price", "price list"
UNITS = ("Nos", "Unit")
BATCH = 500


def of(service: str) -> str:
	"""Return the Item of a Lab Service, made if there is none."""
	return counterparts.once("Lab Service", service, ITEM, "Item", lambda: _make(service))


def sync(limit: int = BATCH) -> int:
	"""Bring what has changed in the catalogue to the ERP; run by the scheduler, it changes nothing twice.

	Args:
		limit: how many services and how many prices at most.

	Returns:
		How many were written.
	"""
	if not books.available():
		return 0
	written = 0
	with books.as_system():
		for doctype, role, write in (
			("Lab Service", ITEM, _write_item),
			("Service Price", PRICE, write_price),
		):
			for name in _changed(doctype, role, limit):
				written += _brought(doctype, name, role, write)
	return written


def _brought(doctype: str, name: str, role: str, write: Callable[[str], object]) -> int:
	"""Write one; what the ERP refuses is logged and does not keep the others back."""
	frappe.db.savepoint("item")
	try:
		write(name)
	except frappe.ValidationError:
		frappe.db.rollback(save_point="item")
		frappe.log_error(title=f"{doctype} {name} → {role}"[:140])
		return 0
	_seen(doctype, name, role)
	return 1


def write_price(name: str) -> str:
	"""Write a Service Price as an Item Price; return its name.

	A price of a branch, a payer or a negotiated list stands in a Price List of its own: ERPNext's prices know
	no branches.
	"""
	row = frappe.get_doc("Service Price", name)
	item = of(row.service)
	values = {
		"price_list_rate": row.price,
		"currency": row.currency,
		"valid_from": row.valid_from,
		"valid_upto": row.valid_to,
		"price_list": price_list(row.funding, row.branch, row.price_list, row.currency),
	}
	known = counterparts.of("Service Price", name, PRICE)
	if known and frappe.db.exists("Item Price", known):
		doc = frappe.get_doc("Item Price", known)
		if any(not _same(doc.get(key), value) for key, value in values.items()):
			doc.update(values)
			doc.save(ignore_permissions=True)  # safe: the price list is the catalogue's copy
		return known
	return counterparts.once("Service Price", name, PRICE, "Item Price", lambda: _make_price(item, values))


def price_list(funding: str, branch: str | None, negotiated: str | None, currency: str) -> str:
	"""Return the Price List of prices with the same payer, branch and agreement; made if there is none."""
	if (funding or SELF_PAY) == SELF_PAY and not branch and not negotiated:
		return standard()
	place = branch and frappe.db.get_value("Lab Branch", branch, "branch_name")
	name = " · ".join(
		filter(None, (frappe._(funding, lang="ru"), place and f"{place} ({branch})", negotiated))
	)

	def make() -> str:
		if frappe.db.exists("Price List", name):
			return name
		doc = books.new("Price List", price_list_name=name, currency=currency, selling=1, enabled=1)
		return doc.insert(ignore_permissions=True).name  # safe: the bridge's own master

	return counterparts.once("Price List", name, LIST, "Price List", make)


def standard() -> str | None:
	"""Return the list of prices for everybody."""
	return books.pick("Price List", "Standard Selling", selling=1)


def _make(service: str) -> str:
	name = frappe.db.get_value("Lab Service", service, "service_name")
	if frappe.db.exists("Item", service):
		return service
	doc = books.new(
		"Item",
		item_code=service,
		item_name=name[:140],
		description=name,
		item_group=books.pick("Item Group", "Services"),
		stock_uom=unit(),
		is_stock_item=0,
	)
	return doc.insert(ignore_permissions=True).name  # safe: the bridge's own master


def _write_item(service: str) -> None:
	doc = frappe.get_doc("Item", of(service))
	name, active = frappe.db.get_value("Lab Service", service, ("service_name", "is_active"))
	values = {"item_name": name[:140], "description": name, "disabled": int(not active)}
	if any(doc.get(key) != value for key, value in values.items()):
		doc.update(values)
		doc.save(ignore_permissions=True)  # safe: the item is the catalogue's copy


def unit() -> str | None:
	"""Return the unit that services are counted in."""
	return books.pick("UOM", *UNITS)


def _make_price(item: str, values: dict[str, Any]) -> str:
	doc = books.new("Item Price", item_code=item, uom=unit(), selling=1, **values)
	return doc.insert(ignore_permissions=True).name  # safe: the price list is the catalogue's copy


def _same(one: Any, other: Any) -> bool:
	if isinstance(one, date) or isinstance(other, date):
		return str(one or "")[:10] == str(other or "")[:10]
	return (one or None) == (other or None)


def _changed(doctype: str, role: str, limit: int) -> list[str]:
	subject, link = frappe.qb.DocType(doctype), frappe.qb.DocType(counterparts.DOCTYPE)
	return (
		frappe.qb.from_(subject)
		.left_join(link)
		.on((link.subject_doctype == doctype) & (link.subject == subject.name) & (link.role == role))
		.select(subject.name)
		.where(link.seen_at.isnull() | (link.seen_at < subject.modified))
		.orderby(subject.modified)
		.limit(limit)
	).run(pluck=True)


def _seen(doctype: str, name: str, role: str) -> None:
	modified = frappe.db.get_value(doctype, name, "modified")
	filters = {"subject_doctype": doctype, "subject": name, "role": role}
	frappe.db.set_value(counterparts.DOCTYPE, filters, "seen_at", modified)
