"""`/services/<code>`: one service for those who search: price, preparation, where and when, and the same for
machines (schema.org).
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import frappe
from frappe import _
from frappe.utils import get_url

from lab_crm.booking import alternatives, links
from lab_crm.catalogue import price_book, services
from lab_crm.www import branches, portal_page, structured, words

DAYS = 14
KEY, SECONDS = "lab_crm:service_page", 60
COLUMNS = ("name", "service_name", "kind", "category", "description", "preparation", "turnaround_hours")
HOURS = 24


def get_context(context):
	"""Show an active service that can be booked online; any other code is a page that is not there."""
	portal_page.use_site_language()
	row = _service(str(frappe.form_dict.get("code") or ""))
	if not row:
		raise frappe.DoesNotExistError
	places = _places(row.name)
	url = get_url(address(row.name))
	page = portal_page.set_up(context, row.service_name, styles=("book",))
	page.service = row
	page.places = places
	page.price_text = _price(places)
	page.ready = _ready(row.turnaround_hours)
	page.book_url = links.booking_url(services=row.name, utm_source="site", utm_medium="service_page")
	page.structured = portal_page.to_script(structured.service(row, places, url, page.site))
	page.canonical = url


def address(code: str) -> str:
	"""Return the path of a service's page."""
	return f"/services/{quote(code, safe='')}"


def _service(code: str):
	filters = {"name": code, "is_active": 1, "is_bookable_online": 1}
	return frappe.db.get_value("Lab Service", filters, COLUMNS, as_dict=True)


def _places(code: str) -> list[dict[str, Any]]:
	"""Return the branches that have time for the service, with price and first free time; a minute old at
	most, for many look and few book.
	"""
	key = f"{KEY}:{code}"
	found = frappe.cache.get_value(key, expires=True)
	if found is None:
		found = _openings(code)
		frappe.cache.set_value(key, found, expires_in_sec=SECONDS)
	return [
		{
			**place,
			"when": words.day_time(place["start"]),
			"price_text": words.money(place["price"], place["currency"]) if place["price"] else None,
		}
		for place in found
	]


def _openings(code: str) -> list[dict[str, Any]]:
	starts = alternatives.by_branch([code], DAYS)
	found = []
	for branch in branches.active():
		if branch.name not in starts:
			continue
		price = price_book.price_of(code, branch.name)
		found.append(
			{
				**{key: branch[key] for key in ("name", "branch_name", "city", "address", "phone")},
				"start": starts[branch.name],
				"price": float(price.price) if price else None,
				"currency": price.currency if price else "RUB",
				"book_url": links.booking_url(
					branch.name, code, utm_source="site", utm_medium="service_page"
				),
			}
		)
	return found


def _price(places: list[dict[str, Any]]) -> str | None:
	prices = sorted({place["price"] for place in places if place["price"]})
	if not prices:
		return None
	text = words.money(prices[0], places[0]["currency"])
	return text if len(prices) == 1 else _("from {0}").format(text)


def _ready(hours: int | None) -> str | None:
	if not hours:
		return None
	return _("Ready the same day") if hours < HOURS else _("Ready in {0} d.").format(-(-hours // HOURS))


def listed() -> list[dict[str, Any]]:
	"""Return the groups of services that can be booked online: {label, services: [{service_name, url,
	price_text}]}, in their order.
	"""
	titles = dict(frappe.get_all("Service Category", fields=["name", "category_name"], as_list=True))
	groups: dict[str, list] = {}
	for row in _all():
		price = words.money(row["price"], row["currency"]) if row["price"] else None
		shown = {"service_name": row["service_name"], "url": address(row["name"]), "price_text": price}
		groups.setdefault(titles.get(row["category"], _("Other services")), []).append(shown)
	return [{"label": label, "services": some} for label, some in groups.items()]


def _all() -> Iterator[dict[str, Any]]:
	"""All services that can be booked online, page after page."""
	start, total = 0, 1
	while start < total:
		page = services.list_services(start=start, page_length=services.MOST_AT_ONCE)
		yield from page["services"]
		start, total = start + services.MOST_AT_ONCE, page["total"]
