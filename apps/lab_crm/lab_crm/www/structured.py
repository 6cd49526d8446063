"""What a page says to machines: schema.org as JSON-LD. Pure."""

from collections.abc import Mapping
from typing import Any

KINDS = {
	"Test": "MedicalTest",
	"Panel": "MedicalTestPanel",
	"Procedure": "MedicalProcedure",
	"Certificate": "MedicalProcedure",
}
PLATFORMS = ["https://schema.org/DesktopWebPlatform", "https://schema.org/MobileWebPlatform"]


def service(
	row: Mapping[str, Any], places: list[Mapping[str, Any]], url: str, laboratory: str
) -> dict[str, Any]:
	"""Return a service with an offer and a `ReserveAction` for each branch that has time for it.

	Args:
		row: name (code), service_name, kind, description.
		places: branches: name, branch_name, city, address, phone, price, currency, start (ISO 8601 with
			offset), book_url.
		url: of the page.
		laboratory: name.
	"""
	kind = KINDS.get(row["kind"])
	found = {
		"@context": "https://schema.org",
		"@type": ["Service", kind] if kind else "Service",
		"@id": url,
		"url": url,
		"name": row["service_name"],
		"identifier": row["name"],
		"description": row["description"] or row["service_name"],
		"provider": {"@type": "DiagnosticLab", "name": laboratory},
		"offers": [_offer(place) for place in places if place["price"]],
		"potentialAction": [_action(place) for place in places],
	}
	return {key: value for key, value in found.items() if value}


def _offer(place: Mapping[str, Any]) -> dict[str, Any]:
	return {
		"@type": "Offer",
		"price": f"{place['price']:.2f}",
		"priceCurrency": place["currency"],
		"url": place["book_url"],
		"availability": "https://schema.org/InStock",
		"availabilityStarts": place["start"],
		"availableAtOrFrom": _place(place),
	}


def _action(place: Mapping[str, Any]) -> dict[str, Any]:
	return {
		"@type": "ReserveAction",
		"startTime": place["start"],
		"location": _place(place),
		"target": {
			"@type": "EntryPoint",
			"urlTemplate": place["book_url"],
			"httpMethod": "GET",
			"actionPlatform": PLATFORMS,
		},
		"result": {"@type": "Reservation", "name": place["branch_name"]},
	}


def _place(place: Mapping[str, Any]) -> dict[str, Any]:
	address = {"@type": "PostalAddress", "streetAddress": place["address"]}
	if place["city"]:
		address["addressLocality"] = place["city"]
	found = {
		"@type": "DiagnosticLab",
		"identifier": place["name"],
		"name": place["branch_name"],
		"address": address,
	}
	return {**found, "telephone": place["phone"]} if place["phone"] else found
