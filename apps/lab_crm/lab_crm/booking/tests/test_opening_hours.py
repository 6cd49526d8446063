"""Hours kept for OMS, public holidays, breaks after a service, whose turn it is; and what they cost."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import frappe
import pytest

from lab_crm.booking import availability, board, service
from lab_crm.booking.opening_hours import OMS
from lab_crm.booking.tests.support import GIVEN, alter, book, counted_statements, insert, moscow, person
from lab_crm.utils.errors import Refusal

SATURDAY = date(2027, 1, 16)
WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def starts(clinic, services=None, day=SATURDAY, **details):
	asked = services or [clinic.visit]
	found = availability.get_slots(clinic.branch, asked, day, day, **{"online": False, **details})
	return [slot["start"][11:16] for slot in found]


def hours(clinic, subject: str, *periods: tuple[str, str, str]) -> None:
	"""Give the only schedule of a subject other hours, the same every day: (from, to, for)."""
	name = frappe.db.get_value("Work Schedule", {"subject": subject})
	rows = [
		{"weekday": day, "start_time": start, "end_time": end, "funding": funding}
		for day in WEEK
		for start, end, funding in periods
	]
	doc = frappe.get_doc("Work Schedule", name)
	doc.set("periods", rows)
	doc.save(ignore_permissions=True)


@pytest.fixture
def quota(clinic):
	"""The doctor keeps the hour from ten to eleven for OMS."""
	hours(clinic, clinic.doctor, ("08:00", "10:00", ""), ("10:00", "11:00", OMS), ("11:00", "12:00", ""))
	return clinic


class TestOMS:
	def test_each_sees_its_own_hours_only(self, quota):
		assert starts(quota, funding=OMS) == [
			"10:00", "10:05", "10:10", "10:15", "10:20", "10:25", "10:30",
		]  # fmt: skip
		others = starts(quota)
		assert (others[0], others[-1]) == ("08:00", "11:30")
		assert not [start for start in others if "09:30" < start < "11:00"]
		assert starts(quota, funding="DMS") == others

	def test_nobody_books_in_the_hours_of_the_other(self, kept, quota):
		frappe.db.commit()
		with pytest.raises(Refusal) as caught:
			book(quota, start=moscow(16, 10))
		assert caught.value.code == "OFF_SCHEDULE"
		assert caught.value.data["nearest"]
		with pytest.raises(Refusal) as caught:
			book(quota, start=moscow(16, 9), funding=OMS)
		assert caught.value.code == "OFF_SCHEDULE"
		assert all("T10:" in slot["start"] for slot in caught.value.data["nearest"])
		doc = book(quota, start=moscow(16, 10), funding=OMS)
		assert doc.funding == OMS

	def test_what_is_unsold_is_released_to_all_some_hours_before(self, quota, frozen):
		alter("Lab Branch", quota.branch, oms_release_hours=4)
		assert "10:00" not in starts(quota)
		frozen.move_to(datetime(2027, 1, 16, 3, 30, tzinfo=UTC))  # 06:30 in Moscow
		found = starts(quota)
		assert "10:00" in found and "10:30" not in found
		assert "10:00" in starts(quota, funding=OMS)

	def test_the_board_shows_what_is_kept_until_it_is_released(self, quota, frozen):
		def kept() -> list[tuple[int, int, int]]:
			columns = board.read([quota.branch], SATURDAY, 1)["columns"]
			return next(one["kept"] for one in columns if one["subject"] == quota.doctor)

		assert kept() == [(0, 10 * 60, 11 * 60)]
		alter("Lab Branch", quota.branch, oms_release_hours=4)
		frozen.move_to(datetime(2027, 1, 16, 3, 30, tzinfo=UTC))  # 06:30 in Moscow
		assert kept() == [(0, 10 * 60 + 30, 11 * 60)]

	def test_where_nobody_keeps_hours_oms_goes_with_all_others(self, clinic):
		assert starts(clinic, funding=OMS) == starts(clinic)

	def test_a_doctor_without_such_hours_serves_no_oms_beside_one_who_has_them(self, quota):
		other = quota.make.specialist(quota.branch, services=[{"kind": "Consultation"}]).name
		found = availability.get_slots(
			quota.branch, [quota.visit], SATURDAY, SATURDAY, online=False, funding=OMS
		)
		assert {slot["specialist"] for slot in found} == {quota.doctor}
		assert not starts(quota, funding=OMS, specialist=other)

	def test_extra_hours_are_kept_for_nobody(self, quota):
		extra = {"kind": "Extra Hours", "subject_type": "Specialist", "subject": quota.doctor}
		insert(
			"Schedule Exception",
			**extra,
			branch=quota.branch,
			starts="2027-01-16 15:00:00",
			ends="2027-01-16 16:00:00",
		)
		assert "15:00" in starts(quota) and "15:00" not in starts(quota, funding=OMS)

	def test_another_payer_moves_the_booking_only_if_its_time_is_open_to_him(self, quota):
		doc = book(quota, start=moscow(16, 10), funding=OMS)
		doc.funding = "Self-pay"
		with pytest.raises(Refusal) as caught:
			doc.save(ignore_permissions=True)
		assert caught.value.code == "OFF_SCHEDULE"


class TestHolidays:
	def test_a_branch_closes_on_the_public_holidays_of_its_country(self, clinic):
		alter("Lab Branch", clinic.branch, holiday_country="RU", horizon_days=90)
		assert not starts(clinic, day=date(2027, 2, 23)) and starts(clinic, day=date(2027, 2, 25))
		alter("Lab Branch", clinic.branch, holiday_country="")
		assert starts(clinic, day=date(2027, 2, 23))

	def test_extra_hours_open_such_a_day_for_one(self, clinic):
		alter("Lab Branch", clinic.branch, holiday_country="RU", horizon_days=90)
		extra = {"kind": "Extra Hours", "subject_type": "Specialist", "subject": clinic.doctor}
		insert(
			"Schedule Exception",
			**extra,
			branch=clinic.branch,
			starts="2027-02-23 10:00:00",
			ends="2027-02-23 11:00:00",
		)
		assert starts(clinic, day=date(2027, 2, 23))[0] == "10:00"
		assert not starts(clinic, [clinic.blood], day=date(2027, 2, 23))


class TestBreakAfter:
	def test_the_doctor_is_taken_longer_than_the_patient_stays(self, clinic):
		alter("Lab Service", clinic.visit, buffer_minutes=15)
		doc = book(clinic, start=moscow(16, 9))
		assert doc.end - doc.start == timedelta(minutes=30)
		found = starts(clinic)
		assert "09:40" not in found and "09:45" in found
		assert "08:15" in found and "08:20" not in found
		assert found[-1] == "19:15"

	def test_the_next_step_waits_for_the_same_room(self, clinic):
		alter("Lab Service", clinic.visit, buffer_minutes=10)
		second = clinic.make.service(
			kind="Consultation", resource_kind="", needs_specialist=1, duration_minutes=20
		).name
		doc = book(clinic, [clinic.visit, second], start=moscow(16, 9))
		one, two = doc.legs
		assert two.start - one.end == timedelta(minutes=10)
		assert (one.specialist, two.specialist) == (clinic.doctor, clinic.doctor)


class TestWhoseTurn:
	def test_the_least_booked_is_taken_and_the_booking_says_why(self, clinic):
		second = clinic.make.specialist(clinic.branch, services=[{"kind": "Consultation"}]).name
		both = {clinic.doctor, second}
		one = book(clinic, start=moscow(16, 9))
		two = book(clinic, start=moscow(16, 12), patient=person(mobile="+79000000102"))
		assert {one.specialist, two.specialist} == both
		three = book(clinic, start=moscow(16, 12), patient=person(mobile="+79000000103"))
		assert three.specialist == one.specialist
		assert [two.legs[0].choice_reason, three.legs[0].choice_reason] == [
			"Были свободны: 2; меньше всех занят в этот день: 0 мин.",
			"Другие в это время заняты",
		]

	def test_work_in_another_branch_counts_too(self, clinic):
		second = clinic.make.specialist(clinic.branch, services=[{"kind": "Consultation"}])
		elsewhere = clinic.make.branch(lead_minutes=0).name
		clinic.make.schedule(second, elsewhere)
		asked = {"patient": person(), "consents": GIVEN, "specialist": second.name}
		service.create(elsewhere, [clinic.visit], moscow(16, 15), **asked)
		assert book(clinic, start=moscow(16, 9)).specialist == clinic.doctor


class TestClock:
	def test_the_hour_that_comes_twice_is_worked_once_and_booked_once(self, clinic, frozen):
		frozen.move_to(datetime(2027, 10, 25, 9, tzinfo=UTC))
		branch = clinic.make.branch(timezone="Europe/Berlin", lead_minutes=0, slot_step_minutes=30).name
		night = [{"weekday": "Saturday", "start_time": "23:00:00", "end_time": "04:00:00"}]
		doctor = clinic.make.specialist(branch, services=[{"kind": "Consultation"}])
		schedule = frappe.get_doc("Work Schedule", {"subject": doctor.name, "branch": branch})
		schedule.set("periods", night)
		schedule.save(ignore_permissions=True)
		saturday = date(2027, 10, 30)
		found = availability.get_slots(branch, [clinic.visit], saturday, saturday + timedelta(days=1))
		moments = [datetime.fromisoformat(slot["start"]) for slot in found]
		# Six hours by the clock of the wall's night, the hour between two and three twice.
		assert len(moments) == len(set(moments)) == 12
		assert {two - one for one, two in pairwise(moments)} == {timedelta(minutes=30)}
		twice = [slot["start"] for slot in found if "T02:00" in slot["start"]]
		assert [start[-6:] for start in twice] == ["+02:00", "+01:00"]

	def test_a_visit_over_midnight_takes_both_days(self, clinic):
		hours(clinic, clinic.doctor, ("22:00", "02:00", ""))
		doc = book(clinic, start=moscow(16, 23, 50))
		assert str(doc.start.date()) == "2027-01-16" and str(doc.end.date()) == "2027-01-17"
		sunday = starts(clinic, day=date(2027, 1, 17))
		assert sunday[0] == "00:20"


@pytest.mark.parametrize("last", [SATURDAY, date(2027, 2, 13)])
def test_statements_are_few_with_all_of_this(quota, last):
	alter("Lab Branch", quota.branch, oms_release_hours=4, holiday_country="RU")
	for _ in range(3):
		quota.make.specialist(quota.branch, services=[{"kind": "Consultation"}])
	with counted_statements() as statements:
		assert availability.get_slots(quota.branch, [quota.visit, quota.blood], SATURDAY, last)
	assert 3 <= len(statements) <= 6, statements
