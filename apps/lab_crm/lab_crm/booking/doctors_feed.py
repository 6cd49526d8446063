"""The doctors' feed for search engines and aggregators: who sees patients where, for how much, and when (F2).

Only doctors who can be booked online are named, and a doctor is offered for a service only while there is
free time: the same search that the API uses says so.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import frappe

from lab_crm.booking import availability, links, network
from lab_crm.booking.availability import Wish
from lab_crm.booking.network import Subject
from lab_crm.catalogue import price_book
from lab_crm.utils import clock

DAYS = 14
SOURCE = {"utm_source": "yandex", "utm_medium": "doctors_feed", "channel": "Aggregator"}


@dataclass(frozen=True)
class Offer:
	"""A service that a doctor does in a branch.

	Args:
		id: of the offer, stable.
		doctor, clinic, service: names of Specialist, Lab Branch and Lab Service.
		speciality: of the doctor.
		price, currency: of the visit; no price: 0.
		minutes: how long it takes.
		url: of the booking form with all this chosen.
		starts: free starts of the next days, ISO 8601 with offset, ascending.
	"""

	id: str
	doctor: str
	clinic: str
	service: str
	speciality: str
	price: float
	currency: str
	minutes: int
	url: str
	starts: tuple[str, ...]


@dataclass
class Feed:
	"""Rows of doctors, clinics and services by name, and the offers that join them."""

	laboratory: str
	doctors: dict[str, frappe._dict] = field(default_factory=dict)
	clinics: dict[str, frappe._dict] = field(default_factory=dict)
	services: dict[str, frappe._dict] = field(default_factory=dict)
	offers: list[Offer] = field(default_factory=list)


def collect(laboratory: str, branches: list[str] | None = None) -> Feed:
	"""Return the feed.

	Args:
		laboratory: its name.
		branches: names of Lab Branches; all that take online bookings by default.
	"""
	feed = Feed(laboratory)
	columns = ["name", "branch_name", "city", "address", "phone", "email"]
	filters = {"is_active": 1, "is_bookable_online": 1, **({"name": ("in", branches)} if branches else {})}
	clinics = frappe.get_all("Lab Branch", filters, columns, order_by="name")
	services = _services()
	for clinic in clinics:
		for offer in _offers(clinic.name, services):
			feed.offers.append(offer)
			feed.clinics[clinic.name] = clinic
			feed.services[offer.service] = next(row for row in services if row.name == offer.service)
	doctors = {offer.doctor for offer in feed.offers}
	rows = frappe.get_all(
		"Specialist", {"name": ("in", doctors)}, ["name", "specialist_name", "about"], order_by="name"
	)
	feed.doctors = {row.name: row for row in rows}
	return feed


def _services() -> list[frappe._dict]:
	"""The services that somebody is seen for, with the columns of the search and more."""
	filters = {"is_active": 1, "is_bookable_online": 1}
	columns = [*availability.SERVICE_COLUMNS, "description", "nmu_code"]
	rows = frappe.get_all("Lab Service", filters, columns, order_by="name")
	return [row for row in rows if row.needs_specialist or row.kind == "Consultation"]


def _offers(branch: str, services: list[frappe._dict]) -> Iterator[Offer]:
	found = network.of(branch)
	specialities = dict(frappe.get_all("Specialist", fields=["name", "speciality"], as_list=True))
	prices = price_book.prices_of([row.name for row in services], branch)
	known: dict[tuple, tuple[str, ...]] = {}
	for doctor in found.specialists if found else ():
		for row in services:
			starts = _starts(Wish(found, (row,), specialist=doctor.name), doctor, known)
			if not starts:
				continue
			price = prices.get(row.name)
			yield Offer(
				id=f"{branch}-{doctor.name}-{row.name}",
				doctor=doctor.name,
				clinic=branch,
				service=row.name,
				speciality=specialities.get(doctor.name) or "",
				price=float(price.price) if price else 0,
				currency=price.currency if price else "RUB",
				minutes=row.duration_minutes,
				url=links.booking_url(branch, row.name, doctor.name, **SOURCE),
				starts=starts,
			)


def _starts(wish: Wish, doctor: Subject, known: dict[tuple, tuple[str, ...]]) -> tuple[str, ...]:
	"""The free starts of a doctor; services that take the same time and room share one search."""
	(leg,) = wish.legs
	if not doctor.online or not doctor.can_do(leg.services):
		return ()
	key = (doctor.name, leg.occupied, leg.length, leg.resource_kind)
	if key not in known:
		today = clock.to_zone(clock.now(), wish.network.zone).date()
		known[key] = tuple(availability.free_starts(wish, today, today + timedelta(days=DAYS - 1)))
	return known[key]
