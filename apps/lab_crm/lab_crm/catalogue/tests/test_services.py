"""Lists, search, prices, composition and offers out of the database."""

from datetime import date

import frappe
import pytest

from lab_crm.catalogue import price_book, services
from lab_crm.utils.names import random_name


@pytest.fixture
def word() -> str:
	"""A word no other service has."""
	return random_name("Ю", 8).lower().replace("-", "")


def panel_of(make, items, price, **fields):
	panel = make.service(kind="Panel", panel_items=[{"service": item} for item in items], **fields)
	make.price(panel.name, price)
	return panel.name


def test_the_list_has_prices_of_the_branch(make, word):
	branch = make.branch().name
	service = make.service(service_name=f"Проба {word}").name
	make.price(service, 500)
	make.price(service, 450, branch=branch)
	(row,) = services.list_services(branch, word)["services"]
	assert (row["name"], row["price"], row["currency"]) == (service, 450.0, "RUB")
	(row,) = services.list_services(None, word)["services"]
	assert row["price"] == 500.0
	assert row["preparation"] == "Натощак, 8 часов без еды."


def test_the_list_is_paged_and_counts_all(make, word):
	names = [make.service(service_name=f"Проба {word} {number}").name for number in range(5)]
	page = services.list_services(query=word, start=2, page_length=2)
	assert page["total"] == 5
	assert [row["name"] for row in page["services"]] == names[2:4]
	assert services.list_services(query=word, start=99)["services"] == []
	assert len(services.list_services(query=word, start=-5, page_length=0)["services"]) == 1


def test_inactive_and_offline_services_are_kept_back(make, word):
	make.service(service_name=f"Закрытая {word}", is_active=0)
	offline = make.service(service_name=f"Только на стойке {word}", is_bookable_online=0).name
	assert services.list_services(query=word)["total"] == 0
	assert [row["name"] for row in services.list_services(query=word, online_only=False)["services"]] == [
		offline
	]


def test_a_service_without_a_price_is_listed_without_one(make, word):
	make.service(service_name=f"Проба {word}")
	(row,) = services.list_services(query=word)["services"]
	assert (row["price"], row["currency"]) == (None, None)


def test_a_renamed_service_is_found_at_once(make, word):
	service = make.service()
	assert services.find(word) == []
	service.synonyms = f"{word}; прочее"
	service.save()
	assert services.find(word) == [service.name]
	service.delete()
	assert services.find(word) == []


def test_what_a_visitor_types_does_no_harm(make):
	for query in ("%", "' or 1=1 --", "\\", "a" * 5000, "\x00", "<script>"):
		assert services.list_services(query=query)["total"] >= 0


def test_panels_are_expanded_once(make):
	one, two, three = (make.service().name for _ in range(3))
	panel = panel_of(make, [one, two], 100)
	assert services.expand([two, panel, three, panel]) == [two, one, three]
	assert services.expand([]) == []


def test_analytes_and_ranges_come_in_one_question(make):
	code = random_name("A", 8)
	frappe.get_doc(
		{
			"doctype": "Analyte",
			"code": code,
			"analyte_name": "Проба",
			"reference_ranges": [{"sex": "Male", "low": "1"}, {"sex": "Female", "low": "0"}],
		}
	).insert()
	service = make.service(analytes=[{"analyte": code}]).name
	assert services.analytes_of([service]) == {service: [code]}
	found = services.ranges_of([code])[code]
	assert [(row.sex, row.low) for row in found] == [("Male", 1), ("Female", 0)]


def test_preparation_of_several_services_says_nothing_twice(make):
	names = [make.service().name, make.service().name]
	assert services.preparation_text(names) == "Натощак, 8 часов без еды."
	assert services.preparation_text([]) == ""


def test_prices_of_many_services_are_one_query(make):
	names = [make.service().name for _ in range(3)]
	for name in names:
		make.price(name, 500)
	before = frappe.db.sql("show session status like 'Questions'")[0][1]
	assert len(price_book.prices_of(names)) == 3
	after = frappe.db.sql("show session status like 'Questions'")[0][1]
	assert int(after) - int(before) == 2  # the prices, and this count itself


def test_a_price_of_a_day(make):
	service = make.service().name
	make.price(service, 500, valid_from="2025-01-01")
	make.price(service, 600, valid_from="2026-01-01")
	assert price_book.price_of(service, day=date(2025, 12, 31)).price == 500
	assert price_book.price_of(service, day=date(2026, 1, 1)).price == 600
	assert price_book.price_of(service, day=date(2024, 1, 1)) is None
	assert price_book.price_of(service, day=date(2026, 1, 1), funding="OMS") is None


def test_the_desk_is_told_of_the_panel(make):
	one, two = make.service().name, make.service().name
	make.price(one, 550)
	make.price(two, 450)
	panel = panel_of(make, [one, two], 800)
	assert [offer.panel for offer in price_book.suggest([one])] == []
	frappe.get_doc(
		{
			"doctype": "Upsell Rule",
			"code": random_name("UP", 8),
			"rule_name": "Проба",
			"offer": panel,
			"min_saving": 100,
			"offer_text": "{panel} за {price}",
			"triggers": [{"service": one}],
		}
	).insert()
	(offer,) = price_book.suggest([one])
	assert (offer.panel, offer.saving, offer.extra, offer.adds) == (panel, 200, 250, [two])
	assert offer.text.endswith("за 800\u00a0₽")
	assert price_book.suggest([one], day=date(2020, 1, 1)) == [], "no price then"
	assert price_book.suggest([]) == []


def test_a_panel_of_the_other_sex_is_not_offered(make):
	one, two = make.service().name, make.service().name
	make.price(one, 550)
	make.price(two, 450)
	panel = panel_of(make, [one, two], 800, sex="Female")
	assert [offer.panel for offer in price_book.suggest([one, two], sex="Female")] == [panel]
	assert price_book.suggest([one, two], sex="Male") == []
	assert [offer.panel for offer in price_book.suggest([one, two])] == [panel]
