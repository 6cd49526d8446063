"""Other branches that are free soon."""

import pytest

from lab_crm.booking import alternatives, network
from lab_crm.booking.tests.support import alter, counted_statements

CITY = "Тестоград"


@pytest.fixture
def others(clinic):
	"""Two more branches: one in the clinic's city and one elsewhere, which opens an hour sooner."""
	alter("Lab Branch", clinic.branch, city=CITY)
	found = {}
	for place, lead in ((CITY, 120), ("Тестовск", 60)):
		branch = clinic.make.branch(city=place, lead_minutes=lead).name
		clinic.make.resource(branch)
		found[place] = branch
	return found


def elsewhere(clinic):
	return alternatives.elsewhere([clinic.blood], clinic.branch)


def test_the_same_city_comes_before_a_sooner_time_elsewhere(clinic, others):
	found = elsewhere(clinic)
	assert found[0] == {
		"branch": others[CITY],
		"branch_name": f"Отделение {others[CITY]}",
		"address": "Тестовая улица, 1",
		"start": "2027-01-15T14:00:00+03:00",
	}
	assert clinic.branch not in [one["branch"] for one in found]
	assert len(found) <= alternatives.MOST


def test_a_branch_that_takes_no_online_bookings_or_has_nothing_free_is_not_offered(clinic, others):
	alter("Lab Branch", others[CITY], is_bookable_online=0)
	assert others[CITY] not in [one["branch"] for one in elsewhere(clinic)]
	alter("Lab Branch", others[CITY], is_bookable_online=1)
	network.forget()
	# Nobody can be asked for a consultation there.
	assert others[CITY] not in [
		one["branch"] for one in alternatives.elsewhere([clinic.visit], clinic.branch)
	]


def test_many_look_and_the_search_is_made_once(clinic, others):
	first = elsewhere(clinic)
	with counted_statements() as statements:
		assert elsewhere(clinic) == first
	assert not statements


def test_the_order_of_services_does_not_matter(clinic, others):
	assert alternatives.elsewhere([clinic.blood, clinic.visit], clinic.branch) == alternatives.elsewhere(
		[clinic.visit, clinic.blood], clinic.branch
	)
