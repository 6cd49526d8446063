"""Addresses of the booking form for maps and posters."""

from urllib.parse import parse_qs, urlsplit

import frappe

from lab_crm.booking import links
from lab_crm.booking.tests.support import alter


def test_each_place_has_an_address_of_the_branch_with_marks_of_its_own(clinic):
	found = links.of_branch(clinic.branch)
	queries = [parse_qs(urlsplit(link["url"]).query) for link in found]
	assert {query["branch"][0] for query in queries} == {clinic.branch}
	assert len({query["utm_source"][0] for query in queries}) == len(found) == len(links.titles())
	assert {query["channel"][0] for query in queries} == {"Maps", "Aggregator", "Website"}
	assert all(link["qr"].startswith("<svg") and link["title"] for link in found)


def test_an_address_keeps_what_needs_quoting(site):
	url = links.booking_url("M-1", "A,Б", start="2027-01-16T09:00:00+03:00", utm_term="кровь & моча")
	query = parse_qs(urlsplit(url).query)
	assert query == {
		"branch": ["M-1"],
		"services": ["A,Б"],
		"start": ["2027-01-16T09:00:00+03:00"],
		"utm_term": ["кровь & моча"],
	}


def test_the_form_of_a_branch_shows_them_while_it_takes_online_bookings(clinic):
	assert _shown(clinic.branch) == [link["url"] for link in links.of_branch(clinic.branch)]
	alter("Lab Branch", clinic.branch, is_bookable_online=0)
	assert _shown(clinic.branch) == []


def _shown(branch: str) -> list[str]:
	doc = frappe.get_doc("Lab Branch", branch)
	doc.run_method("onload")
	return [link["url"] for link in (doc.get("__onload") or {}).get("booking_links", [])]
