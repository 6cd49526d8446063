"""What the schedule board reads and how a drop moves a booking."""

from datetime import date

import frappe
import pytest

from lab_crm.booking import board, network
from lab_crm.booking.page.schedule_board import schedule_board
from lab_crm.booking.tests.support import book, counted_statements, fresh, insert, moscow, move
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal

SATURDAY = date(2027, 1, 16)
pytestmark = pytest.mark.usefixtures("kept")


def shown(*branches: str, day: date = SATURDAY, days: int = 1) -> dict:
	return board.read(list(branches), day, days)


def column(answer: dict, subject: str) -> dict:
	return next(one for one in answer["columns"] if one["subject"] == subject)


def blocks(answer: dict, subject: str) -> list[tuple[int, int, str | None]]:
	wanted = column(answer, subject)["id"]
	return [(one["from"], one["to"], one["booking"]) for one in answer["blocks"] if one["column"] == wanted]


def dropped(doc, start: str, branch: str | None = None, **place) -> dict:
	seen = place.pop("seen", doc.start.isoformat())
	return schedule_board.move(doc.name, start, seen, branch or doc.branch, **place)


class TestReading:
	def test_a_booking_stands_in_its_specialists_column_at_local_minutes(self, clinic):
		doc = book(clinic)
		answer = shown(clinic.branch)
		assert blocks(answer, clinic.doctor) == [(9 * 60, 9 * 60 + 30, doc.name)]
		assert answer["bookings"][doc.name]["status"] == "Booked"
		assert column(answer, clinic.doctor)["hours"] == [(0, 8 * 60, 20 * 60)]

	def test_times_are_those_of_the_branch(self, clinic, make):
		branch = make.branch(timezone="Asia/Vladivostok").name
		doctor = make.specialist(branch, services=[{"kind": "Consultation"}]).name
		clinic.branch = branch
		doc = book(clinic, start=moscow(16, 3))
		answer = shown(branch)
		assert blocks(answer, doctor) == [(10 * 60, 10 * 60 + 30, doc.name)]
		assert answer["branches"][0]["zone"] == "UTC+10"
		assert answer["branches"][0]["days"] == [{"date": "2027-01-16", "shift": -420}]

	def test_a_week_tells_the_days_apart(self, clinic):
		doc = book(clinic, start=moscow(18, 9))
		answer = shown(clinic.branch, days=7)
		(block,) = [one for one in answer["blocks"] if one["booking"] == doc.name]
		assert block["day"] == 2
		assert [hours[0] for hours in column(answer, clinic.doctor)["hours"]] == list(range(7))

	def test_a_closed_day_has_no_hours(self, clinic):
		insert(
			"Schedule Exception", kind="Closed", subject_type="Specialist", subject=clinic.doctor,
			starts="2027-01-16 00:00:00", ends="2027-01-17 00:00:00", reason="отпуск",
		)  # fmt: skip
		answer = shown(clinic.branch)
		assert column(answer, clinic.doctor)["hours"] == []
		assert column(answer, clinic.chair)["hours"]

	def test_a_no_show_stays_in_sight_and_a_cancelled_booking_does_not(self, clinic):
		missed = move(book(clinic), "No Show")
		gone = move(book(clinic, start=moscow(16, 11)), "Cancelled", cancel_reason="передумала")
		answer = shown(clinic.branch)
		assert missed.name in answer["bookings"]
		assert gone.name not in answer["bookings"]

	def test_who_has_bookings_but_no_hours_any_more_keeps_a_column(self, clinic):
		doc = book(clinic)
		for name in frappe.get_all("Work Schedule", {"subject": clinic.doctor}, pluck="name"):
			frappe.delete_doc("Work Schedule", name)
		answer = shown(clinic.branch)
		assert blocks(answer, clinic.doctor) == [(540, 570, doc.name)]
		assert column(answer, clinic.doctor)["hours"] == []

	def test_a_specialist_busy_in_another_branch_is_taken_here(self, clinic, make):
		other = make.branch().name
		make.schedule(frappe.get_doc("Specialist", clinic.doctor), other)
		book(clinic)
		assert blocks(shown(other), clinic.doctor) == [(540, 570, None)]

	def test_too_many_days_are_refused(self, clinic):
		with pytest.raises(Refusal) as refused:
			shown(clinic.branch, days=8)
		assert refused.value.code == "RANGE_INVALID"

	@pytest.mark.parametrize("warm", [False, True])
	def test_the_number_of_statements_does_not_grow(self, clinic, make, warm):
		book(clinic)
		few, _ = self._statements([clinic.branch], warm)
		branches = [clinic.branch]
		for _number in range(4):
			branches.append(make.branch().name)
			for _column in range(5):
				make.specialist(branches[-1], services=[{"kind": "Consultation"}])
			clinic.branch = branches[-1]
			book(clinic, patient={**self.PERSON, "mobile": f"+7900000020{_number}"})
		many, answer = self._statements(branches, warm)
		assert len(answer["columns"]) > 20
		assert len(answer["bookings"]) == 5
		assert many == few <= 10

	PERSON = {"last_name": "Тестова", "first_name": "Анна", "birth_date": "1985-03-14", "sex": "Female"}

	@staticmethod
	def _statements(branches: list[str], warm: bool) -> tuple[int, dict]:
		network.forget()
		if warm:
			shown(*branches)
		else:
			board.permitted_branches()
			frappe.get_list("Booking", limit=1)
		with counted_statements() as statements:
			answer = shown(*branches)
		return len(statements), answer


class TestRights:
	@pytest.fixture
	def bound(self, clinic, make):
		"""A receptionist who may work in the clinic's branch only; another branch."""
		user = "lab.receptionist@lab-crm.invalid"
		insert("User Permission", user=user, allow="Lab Branch", **{"for_value": clinic.branch})
		frappe.clear_cache(user=user)
		other = make.branch().name
		make.specialist(other, services=[{"kind": "Consultation"}])
		yield other
		frappe.clear_cache(user=user)

	def test_a_foreign_branch_is_not_shown(self, clinic, bound, as_user):
		with as_user("Lab Receptionist"):
			answer = schedule_board.get_board([clinic.branch, bound], "2027-01-16")
			assert [branch["name"] for branch in answer["branches"]] == [clinic.branch]
			assert [row.name for row in schedule_board.get_branches()] == [clinic.branch]

	def test_a_booking_may_not_be_moved_into_a_foreign_branch(self, clinic, bound, as_user):
		doc = book(clinic)
		with as_user("Lab Receptionist"), pytest.raises(frappe.PermissionError):
			dropped(doc, "2027-01-16T11:00", branch=bound)

	def test_a_doctor_looks_but_does_not_move(self, clinic, as_user):
		doc = book(clinic)
		with as_user("Lab Doctor"):
			assert doc.name in schedule_board.get_board([clinic.branch], "2027-01-16")["bookings"]
			with pytest.raises(frappe.PermissionError):
				dropped(doc, "2027-01-16T11:00")


class TestMoving:
	def test_a_drop_moves_the_booking(self, clinic):
		doc = book(clinic)
		dropped(doc, "2027-01-16T11:05", specialist=clinic.doctor)
		assert clock.to_zone(fresh(doc).start, "UTC") == moscow(16, 11, 5)
		assert blocks(shown(clinic.branch), clinic.doctor) == [(665, 695, doc.name)]

	def test_it_goes_to_the_column_it_was_dropped_in(self, clinic, make):
		other = make.specialist(clinic.branch, services=[{"kind": "Consultation"}]).name
		chair = make.resource(clinic.branch).name
		visit, blood = book(clinic), book(clinic, services=[clinic.blood], start=moscow(16, 10))
		dropped(visit, "2027-01-16T09:00", specialist=other)
		dropped(blood, "2027-01-16T12:00", resource=chair)
		assert fresh(visit).specialist == other
		assert fresh(blood).resource == chair

	def test_it_goes_to_another_branch_at_its_local_time(self, clinic, make):
		branch = make.branch(timezone="Asia/Yekaterinburg").name
		doctor = make.specialist(branch, services=[{"kind": "Consultation"}]).name
		doc = book(clinic)
		dropped(doc, "2027-01-16T11:00", branch=branch, specialist=doctor)
		assert (fresh(doc).branch, fresh(doc).specialist) == (branch, doctor)
		assert blocks(shown(branch), doctor) == [(660, 690, doc.name)]

	def test_staff_may_move_within_the_patients_last_hours(self, clinic, frozen):
		doc = book(clinic, start=moscow(15, 14))
		dropped(doc, "2027-01-15T15:00", specialist=clinic.doctor)
		assert fresh(doc).start > doc.start

	def test_the_same_drop_twice_is_one_move(self, clinic):
		doc = book(clinic)
		for _time in range(2):
			answer = dropped(doc, "2027-01-16T11:00", specialist=clinic.doctor)
		assert answer["start"] == fresh(doc).start.isoformat()

	@pytest.mark.parametrize(
		("start", "code"),
		[
			("2027-01-16T10:00", "SLOT_TAKEN"),
			("2027-01-16T21:00", "OFF_SCHEDULE"),
			("2027-01-15T09:00", "START_IN_PAST"),
			("2027-01-16T11:02", "START_OFF_GRID"),
			("завтра", "DATE_INVALID"),
		],
	)
	def test_a_drop_that_the_rules_forbid_is_refused(self, clinic, start, code):
		doc = book(clinic)
		book(clinic, start=moscow(16, 10))
		frappe.db.commit()  # a refused move rolls its transaction back
		with pytest.raises(Refusal) as refused:
			dropped(doc, start, specialist=clinic.doctor)
		assert refused.value.code == code
		assert fresh(doc).start == doc.start

	def test_a_room_or_doctor_unfit_for_the_services_is_named_as_the_reason(self, clinic, make):
		nurse = make.specialist(clinic.branch, services=[{"kind": "Procedure"}]).name
		doc = book(clinic)
		frappe.db.commit()
		with pytest.raises(Refusal, match="не подходит"):
			dropped(doc, "2027-01-16T11:00", specialist=nurse)

	def test_who_has_come_is_not_moved(self, clinic):
		doc = move(book(clinic), "Checked In")
		with pytest.raises(Refusal) as refused:
			dropped(doc, "2027-01-16T11:00")
		assert refused.value.code == "NOT_CHANGEABLE"

	def test_a_booking_moved_meanwhile_is_not_moved_again(self, clinic):
		doc = book(clinic)
		dropped(doc, "2027-01-16T11:00")
		with pytest.raises(Refusal) as refused:
			dropped(doc, "2027-01-16T12:00", seen=doc.start.isoformat())
		assert refused.value.code == "CHANGED_MEANWHILE"


class TestLive:
	@pytest.fixture
	def told(self, monkeypatch):
		"""What is published, once the transaction is committed."""
		found = []
		monkeypatch.setattr(frappe, "publish_realtime", lambda *given, **named: found.append((given, named)))
		return found

	def test_every_change_of_a_booking_is_told_to_those_who_read_bookings(self, clinic, told):
		doc = book(clinic)
		dropped(doc, "2027-01-18T11:00")
		move(doc, "Cancelled", cancel_reason="передумала")
		mine = [(given, named) for given, named in told if given[0] == "lab_schedule_changed" and given[1]]
		assert len(mine) == 3
		assert all(named == {"room": "doctype:Booking", "after_commit": True} for _given, named in mine)
		(_event, message), _named = mine[1]
		assert message["from"] == moscow(16, 9).timestamp()
		assert message["to"] == moscow(18, 11, 30).timestamp()

	def test_no_patient_is_told(self, clinic, told):
		doc = book(clinic)
		texts = [str(given) for given, _named in told if given[0] == "lab_schedule_changed"]
		assert texts
		assert not [
			text for text in texts if doc.patient_name in text or doc.patient in text or doc.name in text
		]

	def test_changed_working_hours_are_told(self, clinic, make, told):
		make.specialist(clinic.branch)
		assert ("lab_schedule_changed", {}) in [given for given, _named in told]
