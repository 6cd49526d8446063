"""Public pages of services: what they tell people and machines is what the API sells."""

import json
import re
from datetime import datetime, timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import frappe
import pytest

from lab_crm.booking.tests.support import alter, insert
from lab_crm.utils import clock
from tests.support.clinic import Clinic, open_clinic
from tests.support.factories import Factories


@pytest.fixture
def clinic(site, stack) -> Clinic:
	"""A branch that everybody sees, with a price."""
	opened = open_clinic(chairs=2)
	Factories().price(opened.blood, 640, branch=opened.branch)
	# Today is closed: the first free time does not run away while the test looks at it twice.
	today = datetime.fromisoformat(opened.at(0, 0))
	insert(
		"Schedule Exception",
		branch=opened.branch,
		starts=clock.from_aware(today),
		ends=clock.from_aware(today + timedelta(days=1)),
	)
	frappe.db.commit()
	return opened


def page_of(stack, code: str):
	return stack.api().get(f"/services/{code}")


def structured(text: str) -> dict:
	found = re.search(r'<script type="application/ld\+json">(.*?)</script>', text, re.DOTALL)
	return json.loads(found[1])


def test_the_page_tells_machines_what_the_api_sells(stack, clinic):
	answer = page_of(stack, clinic.blood)
	assert answer.status_code == 200
	data = structured(answer.text)
	assert data["@context"] == "https://schema.org" and "MedicalTest" in data["@type"]
	actions = {action["location"]["identifier"]: action for action in data["potentialAction"]}
	assert {action["@type"] for action in actions.values()} == {"ReserveAction"}
	branches = [
		row["name"] for row in stack.api().get("catalogue.get_branches").json()["message"]["branches"]
	]
	for branch in branches:
		asked = {"branch": branch, "services": json.dumps([clinic.blood])}
		answer = stack.api().get("booking.get_slots", **asked).json()
		slots = answer.get("message", {}).get("slots", [])
		assert bool(slots) == (branch in actions), branch
		if branch == clinic.branch:
			assert actions[branch]["startTime"] == slots[0]["start"]
	(offer,) = data["offers"]
	assert (offer["price"], offer["priceCurrency"]) == ("640.00", "RUB")
	assert offer["availableAtOrFrom"]["identifier"] == clinic.branch
	query = parse_qs(urlsplit(actions[clinic.branch]["target"]["urlTemplate"]).query)
	assert (query["branch"], query["services"]) == ([clinic.branch], [clinic.blood])
	assert query["utm_medium"] == ["service_page"]


def test_people_read_price_preparation_and_where(stack, clinic):
	text = unescape(page_of(stack, clinic.blood).text)
	for part in ("640\u00a0₽", "Натощак, 8 часов без еды.", f"Отделение {clinic.branch}", "Ближайшее"):
		assert part in text, part


@pytest.mark.parametrize("change", [{"is_active": 0}, {"is_bookable_online": 0}])
def test_what_cannot_be_booked_has_no_page(stack, clinic, change):
	alter("Lab Service", clinic.blood, **change)
	frappe.db.commit()
	assert page_of(stack, clinic.blood).status_code == 404


def test_no_page_for_a_code_that_is_none(stack, clinic):
	assert page_of(stack, "NO-SUCH").status_code == 404
	assert page_of(stack, "%3Cscript%3E").status_code == 404


def test_all_services_are_listed_with_links(stack, clinic):
	text = stack.api().get("/services").text
	assert f'href="/services/{clinic.blood}"' in text
