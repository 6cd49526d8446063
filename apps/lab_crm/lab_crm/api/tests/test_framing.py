"""Who may hold our pages in a frame, as the answers say."""

import frappe
import pytest

from lab_crm.booking.tests.support import alter
from tests.support.clinic import open_clinic

OWN = "frame-ancestors 'self'"


def policy(stack, path: str) -> tuple[str, str | None]:
	answer = stack.api().get(path)
	return answer.headers["Content-Security-Policy"], answer.headers.get("X-Frame-Options")


@pytest.mark.parametrize("path", ["/", "/book", "/login", "/app", "/my", "/api/method/ping"])
def test_nobody_but_ourselves_unless_a_page_says_so(site, stack, path):
	assert policy(stack, path) == (OWN, "SAMEORIGIN")


def test_the_booking_form_of_a_branch_names_the_sites_it_allows(site, stack):
	branch = open_clinic().branch
	alter("Lab Branch", branch, allowed_origins="https://a.example.ru\nhttps://b.example.ru:8443")
	frappe.db.commit()
	both = f"{OWN} https://a.example.ru https://b.example.ru:8443"
	assert policy(stack, f"/book?branch={branch}") == (both, None)
	assert policy(stack, f"/book?branch={branch}&embed=https://a.example.ru") == (
		f"{OWN} https://a.example.ru",
		None,
	)
	for other in ("https://c.example.ru", "https://a.example.ru; script-src *", "*", ""):
		assert "c.example" not in policy(stack, f"/book?embed={other}")[0]
		assert policy(stack, f"/book?embed={other}")[1] == "SAMEORIGIN"
	assert policy(stack, "/book?branch=NOWHERE") == (OWN, "SAMEORIGIN")
