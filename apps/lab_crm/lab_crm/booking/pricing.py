"""What the services of a booking cost on its day."""

from collections.abc import Iterable
from datetime import date

import frappe

from lab_crm.catalogue import prices
from lab_crm.catalogue.prices import Price

COLUMNS = ["service", "price", "currency", "funding", "branch", "price_list", "valid_from", "valid_to"]


def prices_of(services: Iterable[str], branch: str, day: date, funding: str) -> dict[str, Price]:
	"""Return the price of each service that has one. One statement.

	Args:
		services: codes of Lab Services.
		branch: name of the Lab Branch.
		day: local date of the visit.
		funding: Self-pay, OMS, DMS or Corporate.
	"""
	services = list(services)
	rows = frappe.get_all("Service Price", filters={"service": ("in", services)}, fields=COLUMNS)
	by_service: dict[str, list[Price]] = {}
	for row in rows:
		by_service.setdefault(row.service, []).append(prices.as_price(row))
	chosen = {
		service: prices.choose(by_service.get(service, ()), day, branch, funding) for service in services
	}
	return {service: price for service, price in chosen.items() if price}
