"""Which sites may show the booking form."""

import pytest

from lab_crm.booking import origins
from lab_crm.booking.tests.support import alter
from lab_crm.utils.errors import Refusal


@pytest.mark.parametrize(
	("text", "found"),
	[
		(None, []),
		(" \n", []),
		("https://Clinic.example.ru/\n\nhttps://clinic.example.ru:443", ["https://clinic.example.ru"]),
		("http://127.0.0.1:8080\nhttp://a.ru:80", ["http://127.0.0.1:8080", "http://a.ru"]),
		("https://пример.испытание", ["https://xn--e1afmkfd.xn--80akhbyknj4f"]),
	],
)
def test_addresses_become_origins_as_browsers_write_them(text, found):
	assert origins.parse(text) == found


@pytest.mark.parametrize(
	"line",
	[
		"clinic.ru", "ftp://clinic.ru", "https://", "https://clinic.ru/book", "https://clinic.ru?x=1", "*",
		"https://*.clinic.ru", "https://me:secret@clinic.ru", "https://clinic.ru; script-src *",
		"javascript:1", "https://clinic.ru:99999", "https://a..ru",
	],
)  # fmt: skip
def test_what_is_no_site_is_refused(site, line):
	with pytest.raises(Refusal) as caught:
		origins.parse(line)
	assert (caught.value.code, caught.value.field) == ("ORIGIN_INVALID", "allowed_origins")


def site_of(clinic, letter: str) -> str:
	"""An address that no other test gives to a branch."""
	return f"https://{letter}.{clinic.branch.lower()}.example.ru"


def test_a_branch_keeps_them_in_order_and_answers_for_its_own_only(clinic):
	one, two = site_of(clinic, "a"), site_of(clinic, "b")
	other = clinic.make.branch(allowed_origins=two).name
	alter("Lab Branch", clinic.branch, allowed_origins=f"{one.upper().replace('HTTPS', 'https')}/\n{two}")
	assert origins.of(clinic.branch) == [one, two]
	assert origins.of(other) == [two]
	assert origins.of(None) == origins.of("NOWHERE") == []
	assert origins.branches_for(one) == [clinic.branch]
	assert set(origins.branches_for(two)) == {clinic.branch, other}


def test_a_branch_closed_to_online_booking_is_shown_nowhere(clinic):
	alter("Lab Branch", clinic.branch, allowed_origins=site_of(clinic, "a"), is_bookable_online=0)
	assert origins.branches_for(site_of(clinic, "a")) == []
