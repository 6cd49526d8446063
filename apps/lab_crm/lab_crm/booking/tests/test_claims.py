"""The database sells a cell of a seat once."""

import frappe
import pytest

from lab_crm.booking import cells, claims
from lab_crm.booking.claims import Interval, TakenError
from lab_crm.booking.slots import Busy
from lab_crm.booking.tests.support import book, moscow
from lab_crm.utils.errors import Refusal

FIRST = cells.cell_at(moscow(16, 9))


@pytest.fixture
def subject(clinic):
	return clinic.chair


def rows(subject):
	return frappe.db.count("Slot Claim", {"subject": subject})


def test_a_cell_of_a_seat_is_sold_once_and_the_other_seat_is_free(subject):
	claims.claim("BKG-A", [Interval(subject, 0, FIRST, 6)])
	with pytest.raises(TakenError) as caught:
		claims.claim("BKG-B", [Interval(subject, 0, FIRST + 5, 6)])
	assert (caught.value.subject, caught.value.seat) == (subject, 0)
	claims.claim("BKG-B", [Interval(subject, 1, FIRST + 5, 6)])
	assert rows(subject) == 12


def test_all_or_nothing(clinic):
	claims.claim("BKG-A", [Interval(clinic.doctor, 0, FIRST, 1)])
	wanted = [Interval(clinic.chair, 0, FIRST, 2), Interval(clinic.doctor, 0, FIRST, 2)]
	with pytest.raises(TakenError) as caught:
		claims.claim("BKG-B", wanted)
	assert caught.value.subject == clinic.doctor
	assert rows(clinic.chair) == 0


def test_neighbours_do_not_touch(subject):
	claims.claim("BKG-A", [Interval(subject, 0, FIRST, 2)])
	claims.claim("BKG-B", [Interval(subject, 0, FIRST + 2, 2), Interval(subject, 0, FIRST - 2, 2)])
	assert rows(subject) == 6


def test_what_was_given_back_is_sold_again(subject):
	claims.claim("BKG-A", [Interval(subject, 0, FIRST, 2)])
	claims.release("BKG-A")
	claims.claim("BKG-B", [Interval(subject, 0, FIRST, 2)])


def test_busy_is_what_touches_the_window_and_not_ones_own(subject):
	claims.claim("BKG-A", [Interval(subject, 0, FIRST, 6)])
	claims.claim("BKG-B", [Interval(subject, 1, FIRST + 6, 2)])
	found = claims.busy([subject, "NOBODY"], FIRST + 3, FIRST + 7)
	assert sorted(found[subject], key=lambda one: one.seat) == [
		Busy(subject, 0, FIRST, 6), Busy(subject, 1, FIRST + 6, 2),
	]  # fmt: skip
	assert found["NOBODY"] == []
	assert [one.seat for one in claims.busy([subject], FIRST, FIRST + 9, without="BKG-A")[subject]] == [1]
	assert claims.busy([subject], FIRST - 5, FIRST)[subject] == []
	assert claims.busy([], FIRST, FIRST + 1) == {}


def test_bookings_between_are_found_by_subject_and_by_branch(clinic):
	doc = book(clinic)
	assert claims.bookings_between(FIRST, FIRST + 1, clinic.doctor, None) == [doc.name]
	assert claims.bookings_between(FIRST, FIRST + 1, None, clinic.branch) == [doc.name]
	assert claims.bookings_between(FIRST, FIRST + 1, clinic.chair, None) == []
	assert claims.bookings_between(FIRST + 6, FIRST + 9, clinic.doctor, None) == []


def test_nobody_writes_claims_by_hand(subject):
	doc = frappe.new_doc("Slot Claim")
	doc.update({"subject": subject, "cell": FIRST})
	with pytest.raises(Refusal):
		doc.insert(ignore_permissions=True)
