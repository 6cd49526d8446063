"""Prices and offers out of the database (the rules are in `prices` and `upsell`).

Prices are public (the site shows them to guests), so they are read without permission checks.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import frappe

from lab_crm.catalogue import prices, upsell
from lab_crm.utils import clock

ROW = ["service", "branch", "funding", "price_list", "price", "currency", "valid_from", "valid_to"]
ANY_SEX = "Any"


def prices_of(
	services: Iterable[str],
	branch: str | None = None,
	day: date | None = None,
	funding: str = prices.SELF_PAY,
	price_list: str | None = None,
) -> dict[str, prices.Price]:
	"""Return service → the price that applies, in one query; a service without a price is absent.

	Args:
		services: codes of services.
		branch: Lab Branch; None takes only prices for every branch.
		day: day of the service; today when None.
		funding: Self-pay, OMS, DMS or Corporate.
		price_list: negotiated price list, of an insurer or a contract.
	"""
	names = list(services)
	if not names:
		return {}
	rows = frappe.get_all("Service Price", {"service": ("in", names)}, ROW)
	by_service: dict[str, list[prices.Price]] = {}
	for row in rows:
		by_service.setdefault(row.service, []).append(prices.as_price(row))
	when = day or clock.now().date()
	chosen = {name: prices.choose(own, when, branch, funding, price_list) for name, own in by_service.items()}
	return {name: price for name, price in chosen.items() if price}


def price_of(
	service: str,
	branch: str | None = None,
	day: date | None = None,
	funding: str = prices.SELF_PAY,
	price_list: str | None = None,
) -> prices.Price | None:
	"""Return the price of one service (arguments of `prices_of`), None when it has none."""
	return prices_of([service], branch, day, funding, price_list).get(service)


def suggest(
	services: Iterable[str],
	branch: str | None = None,
	day: date | None = None,
	sex: str | None = None,
	online_only: bool = False,
) -> list[upsell.Offer]:
	"""Return panels worth offering for the chosen services, the best first (F52, F53).

	Args:
		services: codes of the chosen services.
		branch: Lab Branch whose prices apply.
		day: day of the visit; today when None.
		sex: of the patient: panels for the other sex are left out.
		online_only: keep only panels that can be booked online.
	"""
	chosen = list(services)
	if not chosen:
		return []
	when = day or clock.now().date()
	contents = _panels_on_sale(sex, online_only)
	names = {item for _, items in contents.values() for item in items} | contents.keys() | set(chosen)
	found = {name: price.price for name, price in prices_of(names, branch, when).items()}
	panels = [
		upsell.Panel(code, name, found[code], frozenset(items))
		for code, (name, items) in contents.items()
		if code in found and items
	]
	return upsell.suggest(chosen, panels, found, _rules(when))


def _panels_on_sale(sex: str | None, online_only: bool) -> dict[str, tuple[str, list[str]]]:
	service, item = frappe.qb.DocType("Lab Service"), frappe.qb.DocType("Panel Item")
	query = (
		frappe.qb.from_(service)
		.join(item)
		.on((item.parent == service.name) & (item.parenttype == "Lab Service"))
		.select(service.name, service.service_name, item.service)
		.where((service.kind == "Panel") & (service.is_active == 1))
		.orderby(service.name)
		.orderby(item.idx)
	)
	if sex in ("Male", "Female"):
		query = query.where(service.sex.isin([ANY_SEX, sex]))
	if online_only:
		query = query.where(service.is_bookable_online == 1)
	found: dict[str, tuple[str, list[str]]] = {}
	for code, name, content in query.run():
		found.setdefault(code, (name, []))[1].append(content)
	return found


def _rules(day: date) -> list[upsell.Rule]:
	rows = frappe.get_all(
		"Upsell Rule",
		{"is_active": 1},
		["name", "offer", "offer_text", "min_saving", "priority", "valid_from", "valid_to"],
	)
	fitting = [row for row in rows if _in_force(row, day)]
	triggers: dict[str, set[str]] = {}
	for row in frappe.get_all(
		"Upsell Trigger",
		{"parenttype": "Upsell Rule", "parent": ("in", [row.name for row in fitting] or [""])},
		["parent", "service"],
	):
		triggers.setdefault(row.parent, set()).add(row.service)
	return [
		upsell.Rule(
			code=row.name,
			panel=row.offer,
			triggers=frozenset(triggers.get(row.name, ())),
			text=row.offer_text or "",
			min_saving=Decimal(str(row.min_saving or 0)),
			priority=row.priority or 0,
		)
		for row in fitting
	]


def _in_force(row: Any, day: date) -> bool:
	return (not row.valid_from or row.valid_from <= day) and (not row.valid_to or day <= row.valid_to)
