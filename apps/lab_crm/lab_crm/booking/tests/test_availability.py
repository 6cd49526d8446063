"""Slots as the website and the desk see them, on a real site."""

from datetime import date

import pytest

from lab_crm.booking import availability, network
from lab_crm.booking.tests.support import alter, counted_statements, insert
from lab_crm.utils.errors import Refusal

SATURDAY = date(2027, 1, 16)


def starts(clinic, services, first=SATURDAY, last=SATURDAY, **details):
	found = availability.get_slots(clinic.branch, services, first, last, **details)
	return [slot["start"][11:16] for slot in found]


def test_slots_are_in_local_time_with_offset_and_say_who_where_and_how_many(clinic):
	slot = availability.get_slots(clinic.branch, [clinic.visit], SATURDAY, SATURDAY)[0]
	assert slot["start"] == "2027-01-16T08:00:00+03:00"
	assert slot["end"] == "2027-01-16T08:30:00+03:00"
	assert (slot["specialist"], slot["resource"], slot["free"]) == (clinic.doctor, None, 1)
	slot = availability.get_slots(clinic.branch, [clinic.blood], SATURDAY, SATURDAY)[0]
	assert (slot["specialist"], slot["resource"], slot["free"]) == (None, clinic.chair, 2)


def test_a_day_is_offered_from_opening_until_the_visit_no_longer_fits(clinic):
	found = starts(clinic, [clinic.visit])
	assert (found[0], found[-1], len(found)) == ("08:00", "19:30", 70)


def test_today_begins_after_the_lead_time_online_and_now_at_the_desk(clinic):
	today = date(2027, 1, 15)  # 12:00
	assert starts(clinic, [clinic.blood], today, today)[0] == "13:00"
	assert starts(clinic, [clinic.blood], today, today, online=False)[0] == "12:00"


def test_the_horizon_cuts_what_is_asked_for(clinic):
	assert starts(clinic, [clinic.blood], date(2027, 2, 14), date(2027, 2, 14))
	assert not starts(clinic, [clinic.blood], date(2027, 2, 15), date(2027, 3, 15))
	assert not starts(clinic, [clinic.blood], date(2027, 1, 1), date(2027, 1, 14))


def test_by_default_a_fortnight_is_shown(clinic):
	found = availability.get_slots(clinic.branch, [clinic.blood])
	days = {slot["start"][:10] for slot in found}
	assert (min(days), max(days)) == ("2027-01-15", "2027-01-28")


def test_an_absence_and_a_holiday_close_and_extra_hours_open(clinic):
	def exception(**fields):
		insert("Schedule Exception", **fields)

	exception(
		subject_type="Specialist",
		subject=clinic.doctor,
		starts="2027-01-16 08:00:00",
		ends="2027-01-16 19:00:00",
	)
	assert starts(clinic, [clinic.visit]) == ["19:00", "19:10", "19:20", "19:30"]
	exception(branch=clinic.branch, starts="2027-01-17 00:00:00", ends="2027-01-18 00:00:00")
	sunday = date(2027, 1, 17)
	assert not starts(clinic, [clinic.visit], sunday, sunday)
	exception(
		kind="Extra Hours", branch=clinic.branch, subject_type="Specialist", subject=clinic.doctor,
		starts="2027-01-17 10:00:00", ends="2027-01-17 11:00:00",
	)  # fmt: skip
	assert starts(clinic, [clinic.visit], sunday, sunday) == ["10:00", "10:10", "10:20", "10:30"]


def test_only_the_specialist_asked_for(clinic):
	other = clinic.make.specialist(clinic.branch, services=[{"service": clinic.visit}]).name
	found = availability.get_slots(clinic.branch, [clinic.visit], SATURDAY, SATURDAY, specialist=other)
	assert {slot["specialist"] for slot in found} == {other}
	found = availability.get_slots(clinic.branch, [clinic.visit], SATURDAY, SATURDAY)
	assert {slot["free"] for slot in found} == {2}


def test_a_specialist_without_the_skill_is_offered_to_nobody(clinic):
	nurse = clinic.make.specialist(clinic.branch, services=[{"kind": "Procedure"}]).name
	assert not starts(clinic, [clinic.visit], specialist=nurse)


def test_a_specialist_not_bookable_online_is_for_the_desk_only(clinic):
	service = clinic.make.service(kind="Consultation", needs_specialist=1, resource_kind="").name
	clinic.make.specialist(clinic.branch, services=[{"service": service}], is_bookable_online=0)
	alter("Specialist", clinic.doctor, is_active=0)
	assert not starts(clinic, [service])
	assert starts(clinic, [service], online=False)


def test_a_named_specialist_is_needed_even_for_what_needs_nobody(clinic):
	nurse = clinic.make.specialist(clinic.branch, services=[{"kind": "Test"}]).name
	slot = availability.get_slots(clinic.branch, [clinic.blood], SATURDAY, SATURDAY, specialist=nurse)[0]
	assert (slot["specialist"], slot["resource"], slot["free"]) == (nurse, clinic.chair, 1)


def test_blood_and_then_the_doctor_in_one_visit(clinic):
	slot = availability.get_slots(clinic.branch, [clinic.visit, clinic.blood], SATURDAY, SATURDAY)[0]
	assert (slot["start"][11:16], slot["end"][11:16]) == ("08:00", "08:40")
	assert (slot["specialist"], slot["resource"]) == (clinic.doctor, clinic.chair)


def test_a_branch_keeps_its_own_time_zone(clinic):
	branch = clinic.make.branch(timezone="Asia/Vladivostok", lead_minutes=0).name
	clinic.make.resource(branch)
	slot = availability.get_slots(branch, [clinic.blood], SATURDAY, SATURDAY)[0]
	assert slot["start"] == "2027-01-16T08:00:00+10:00"


@pytest.mark.parametrize(
	"change, code, status",
	[
		({"branch": "NOWHERE"}, "BRANCH_UNKNOWN", 404),
		({"services": ["NOTHING"]}, "SERVICE_UNKNOWN", 404),
		({"services": []}, "SERVICES_REQUIRED", 400),
		({"specialist": "SPC-NOBODY"}, "SPECIALIST_UNKNOWN", 404),
		({"date_to": date(2027, 1, 10)}, "RANGE_INVALID", 400),
		({"date_to": date(2028, 1, 10)}, "RANGE_INVALID", 400),
	],
)
def test_what_cannot_be_asked_for_is_refused(clinic, change, code, status):
	asked = {"branch": clinic.branch, "services": [clinic.blood], "date_from": SATURDAY, **change}
	with pytest.raises(Refusal) as caught:
		availability.get_slots(**asked)
	assert (caught.value.code, caught.value.http_status_code) == (code, status)


def test_what_is_not_for_the_website_is_for_the_desk(clinic):
	alter("Lab Service", clinic.blood, is_bookable_online=0)
	with pytest.raises(Refusal) as caught:
		availability.get_slots(clinic.branch, [clinic.blood])
	assert caught.value.code == "SERVICE_NOT_ONLINE"
	assert availability.get_slots(clinic.branch, [clinic.blood], online=False)
	alter("Lab Branch", clinic.branch, is_bookable_online=0)
	network.forget()
	with pytest.raises(Refusal) as caught:
		availability.get_slots(clinic.branch, [clinic.visit])
	assert caught.value.code == "BRANCH_NOT_ONLINE"


@pytest.mark.parametrize("last", [SATURDAY, date(2027, 2, 13)])
def test_statements_are_few_whatever_the_horizon(clinic, last):
	for _ in range(5):
		clinic.make.specialist(clinic.branch, services=[{"kind": "Consultation"}])
	with counted_statements() as statements:
		assert availability.get_slots(clinic.branch, [clinic.visit], SATURDAY, last)
	assert 3 <= len(statements) <= 6, statements
