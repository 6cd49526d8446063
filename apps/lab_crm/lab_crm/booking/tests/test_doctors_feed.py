"""The doctors' feed says what the API sells."""

from datetime import date
from io import BytesIO
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest
from openpyxl import load_workbook

from lab_crm.booking import availability, doctors_feed, doctors_yml
from lab_crm.booking.tests.support import alter, book, counted_statements, moscow
from lab_crm.utils import clock

FIRST, LAST = date(2027, 1, 15), date(2027, 1, 28)


@pytest.fixture
def feed(clinic):
	"""A function that collects the feed of the clinic."""
	clinic.make.price(clinic.visit, 1500)
	return lambda: doctors_feed.collect("Лаборатория", [clinic.branch])


def offers_by_key(feed):
	return {(offer.doctor, offer.service): offer for offer in feed.offers}


def test_every_offer_has_the_free_times_of_the_api_and_no_free_time_is_left_out(clinic, feed):
	second = clinic.make.specialist(clinic.branch, services=[{"service": clinic.visit}]).name
	ultrasound = clinic.make.service(
		kind="Procedure", needs_specialist=1, resource_kind="Ultrasound", duration_minutes=20
	).name
	clinic.make.resource(clinic.branch, kind="Ultrasound")
	third = clinic.make.specialist(clinic.branch, services=[{"service": ultrasound}]).name
	book(clinic, start=moscow(16, 9), specialist=second)
	found = offers_by_key(feed())
	for doctor in (clinic.doctor, second, third):
		for service in (clinic.visit, ultrasound):
			slots = availability.get_slots(clinic.branch, [service], FIRST, LAST, doctor)
			offer = found.get((doctor, service))
			assert bool(slots) == bool(offer), (doctor, service)
			if offer:
				assert list(offer.starts) == [slot["start"] for slot in slots]
	assert {key for key in found if key[1] == clinic.visit} == {
		(clinic.doctor, clinic.visit),
		(second, clinic.visit),
	}


def test_who_is_not_bookable_online_or_has_no_time_is_not_named(clinic, feed):
	assert clinic.doctor in feed().doctors
	alter("Specialist", clinic.doctor, is_bookable_online=0)
	assert not feed().offers and not feed().doctors
	alter("Specialist", clinic.doctor, is_bookable_online=1)
	alter("Lab Service", clinic.visit, is_bookable_online=0)
	assert clinic.visit not in feed().services


def test_yml_joins_what_it_names(clinic, feed):
	shop = ElementTree.fromstring(doctors_yml.xml(feed(), clock.now()))
	assert (shop.tag, shop.get("version"), shop.get("date")) == ("shop", "2.0", "2027-01-15 12:00")
	ids = {group: {one.get("id") for one in shop.find(group)} for group in ("doctors", "clinics", "services")}
	offers = shop.findall("offers/offer")
	assert len({offer.get("id") for offer in offers}) == len(offers) > 0
	for offer in offers:
		assert offer.find("service").get("id") in ids["services"]
		assert offer.find("clinic").get("id") in ids["clinics"]
		assert offer.find("clinic/doctor").get("id") in ids["doctors"]
		assert (offer.findtext("appointment"), offer.findtext("online_schedule")) == ("true", "true")
	offer = next(one for one in offers if one.find("service").get("id") == clinic.visit)
	assert (offer.findtext("price/base_price"), offer.findtext("price/currency")) == ("1500", "RUB")
	query = parse_qs(urlsplit(offer.findtext("url")).query)
	assert (query["branch"], query["services"], query["specialist"]) == (
		[clinic.branch],
		[clinic.visit],
		[clinic.doctor],
	)
	assert query["channel"] == ["Aggregator"]


def test_the_workbook_says_the_same_and_when(clinic, feed):
	collected = feed()
	book_ = load_workbook(BytesIO(doctors_yml.workbook(collected)), read_only=True)
	assert tuple(book_.sheetnames) == tuple(doctors_yml.SHEETS)
	rows = {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book_}
	assert {title: some[0] for title, some in rows.items()} == doctors_yml.SHEETS
	times = {
		(offer.doctor, offer.clinic, offer.minutes, start)
		for offer in collected.offers
		for start in offer.starts
	}
	assert len(rows["Расписание"]) - 1 == len(times) and set(rows["Расписание"][1:]) == times
	assert {row[0] for row in rows["Предложения"][1:]} == {offer.id for offer in collected.offers}


def test_services_alike_share_one_search(clinic, feed):
	feed()
	with counted_statements() as few:
		feed()
	for _ in range(5):
		clinic.make.service(kind="Consultation", resource_kind="", needs_specialist=1, duration_minutes=30)
	with counted_statements() as many:
		assert len(feed().offers) >= 6
	assert len(many) == len(few)
