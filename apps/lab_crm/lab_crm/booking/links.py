"""Addresses that lead straight into booking at a branch: for maps, aggregators, a code on the wall."""

from typing import Any
from urllib.parse import quote, urlencode

from frappe import _
from frappe.utils import get_url

from lab_crm.utils import qr

# (utm_source, utm_medium, channel of the Booking)
PLACES = (
	("yandex_maps", "maps", "Maps"),
	("2gis", "maps", "Maps"),
	("google_maps", "maps", "Maps"),
	("prodoctorov", "aggregator", "Aggregator"),
	("qr", "offline", "Website"),
)


def titles() -> dict[str, str]:
	"""Return what each place is called."""
	return {
		"yandex_maps": _("Yandex Maps"),
		"2gis": _("2GIS"),
		"google_maps": _("Google Maps"),
		"prodoctorov": _("ProDoctorov"),
		"qr": _("Code on a poster"),
	}


def booking_url(
	branch: str | None = None,
	services: str | None = None,
	specialist: str | None = None,
	start: str | None = None,
	**source: str,
) -> str:
	"""Return the address of the booking form with what is chosen already.

	Args:
		branch, services (codes with commas), specialist: names.
		start: ISO 8601 with offset.
		source: utm_* and channel.
	"""
	given = {"branch": branch, "services": services, "specialist": specialist, "start": start, **source}
	query = urlencode({key: value for key, value in given.items() if value}, quote_via=quote)
	return get_url(f"/book?{query}" if query else "/book")


def of_branch(branch: str) -> list[dict[str, Any]]:
	"""Return the address of a branch for each place: `{place, title, url, qr}`; `qr` is an SVG element."""
	names = titles()
	found = []
	for place, medium, channel in PLACES:
		url = booking_url(
			branch, utm_source=place, utm_medium=medium, utm_campaign=f"branch_{branch}", channel=channel
		)
		found.append({"place": place, "title": names[place], "url": url, "qr": qr.svg(url)})
	return found
