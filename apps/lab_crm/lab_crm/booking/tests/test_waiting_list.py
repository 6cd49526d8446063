"""The waiting list: joined, offered a time that became free, answered or passed on."""

from datetime import date, datetime, time, timedelta

import frappe
import pytest

from lab_crm.booking import holds, reactions, service, view, waiting_list, waiting_offers
from lab_crm.booking.tests.support import (
	GIVEN,
	alter,
	book,
	events_of,
	fresh,
	insert,
	messages_of,
	moscow,
	move,
	person,
)
from lab_crm.booking.waiting_match import Wanted, in_order
from lab_crm.privacy import consents
from lab_crm.utils.errors import Refusal

pytestmark = pytest.mark.usefixtures("kept")
SATURDAY = date(2027, 1, 16)
OFFER = "waiting_list.offer"


def wait(clinic, number: int = 1, wanted: Wanted | None = None, services=None, **details):
	"""The number-th person joins the list for a consultation on Saturday."""
	who = person(mobile=f"+790000002{number:02}", last_name=f"Ждунова{'абвгдежз'[number]}")
	asked = {"patient": who, "consents": GIVEN, **details}
	wanted = wanted or Wanted(SATURDAY, SATURDAY)
	doc = waiting_list.join(clinic.branch, services or [clinic.visit], wanted=wanted, **asked)
	# The clock stands still, and who came first matters.
	came = frappe.utils.add_to_date(doc.creation, seconds=number)
	frappe.db.set_value("Waiting List Entry", doc.name, "creation", came, update_modified=False)
	frappe.db.commit()
	return fresh(doc)


def free(doc):
	"""The patient cancels, and what follows from it is done."""
	service.cancel(doc.name)
	tell(doc)


def tell(doc, event: str = "cancelled"):
	for found in events_of(doc.name, f"booking.{event}"):
		getattr(waiting_offers, event)(found)
	frappe.db.commit()


def offered(entry):
	entry = fresh(entry)
	assert entry.status == "Offered"
	return frappe.get_doc("Booking", entry.booking)


def refused(code, function, *args, **kwargs):
	with pytest.raises(Refusal) as caught:
		function(*args, **kwargs)
	assert caught.value.code == code, caught.value.message


class TestWanted:
	def at(self, day, hour, minute=0):
		return datetime(2027, 1, day, hour, minute)

	@pytest.mark.parametrize(
		"wanted, suits",
		[
			(Wanted(SATURDAY, SATURDAY), True),
			(Wanted(date(2027, 1, 17), date(2027, 1, 20)), False),
			(Wanted(date(2027, 1, 1), date(2027, 1, 15)), False),
			(Wanted(SATURDAY, SATURDAY, frozenset({5})), True),
			(Wanted(SATURDAY, SATURDAY, frozenset({0, 1})), False),
			(Wanted(SATURDAY, SATURDAY, time_from=time(9)), True),
			(Wanted(SATURDAY, SATURDAY, time_from=time(9, 1)), False),
			(Wanted(SATURDAY, SATURDAY, time_to=time(9)), True),
			(Wanted(SATURDAY, SATURDAY, time_to=time(8, 59)), False),
			(
				Wanted(SATURDAY, SATURDAY, missed=(datetime(2027, 1, 16, 9, 20), datetime(2027, 1, 16, 10))),
				False,
			),
			(
				Wanted(SATURDAY, SATURDAY, missed=(datetime(2027, 1, 16, 9, 30), datetime(2027, 1, 16, 10))),
				True,
			),
		],
	)
	def test_suits(self, wanted, suits):
		assert wanted.suits(self.at(16, 9), self.at(16, 9, 30)) is suits

	def test_the_urgent_first_then_who_wants_this_specialist_then_who_waited_longest(self):
		def row(name, urgent=0, specialist=None):
			return frappe._dict(name=name, is_urgent=urgent, specialist=specialist, creation=name)

		rows = [row("1"), row("2", specialist="S"), row("3", specialist="T"), row("4", urgent=1)]
		assert [one.name for one in in_order(rows, "S")] == ["4", "2", "1", "3"]
		assert [one.name for one in in_order(rows, None)] == ["4", "1", "2", "3"]


class TestJoin:
	def test_the_entry_says_who_waits_for_what_where_and_when(self, clinic):
		wanted = Wanted(SATURDAY, date(2027, 1, 30), frozenset({5, 6}), time(9), time(12, 30))
		doc = wait(clinic, wanted=wanted, specialist=clinic.doctor, comment="После обеда не могу")
		assert doc.name.startswith("WLE-")
		assert (doc.status, doc.patient_name, doc.specialist) == (
			"Waiting",
			"Ждунова" + "б Анна",
			clinic.doctor,
		)
		assert waiting_list.wanted_of(doc) == wanted
		assert [row.kind for row in doc.services] == ["Consultation"]
		assert consents.states(doc.patient)[0] == set(GIVEN)

	def test_asked_twice_it_is_one_entry_and_another_wish_is_another(self, clinic):
		assert wait(clinic).name == wait(clinic).name
		other = wait(clinic, wanted=Wanted(SATURDAY, SATURDAY, time_from=time(10)))
		assert other.name != wait(clinic).name

	@pytest.mark.parametrize(
		"wanted, code",
		[
			(Wanted(date(2027, 1, 17), SATURDAY), "RANGE_INVALID"),
			(Wanted(date(2027, 1, 1), date(2027, 1, 14)), "RANGE_INVALID"),
			(Wanted(SATURDAY, date(2027, 6, 1)), "RANGE_INVALID"),
			(Wanted(SATURDAY, SATURDAY, time_from=time(12), time_to=time(9)), "HOURS_INVALID"),
		],
	)
	def test_a_time_that_cannot_come_is_refused(self, clinic, wanted, code):
		refused(code, wait, clinic, wanted=wanted)

	def test_bad_input_is_refused_and_nothing_is_written(self, clinic):
		patients = frappe.db.count("Patient")
		refused("CONSENT_REQUIRED", wait, clinic, consents=[])
		refused("SERVICE_UNKNOWN", wait, clinic, services=["NOTHING"])
		refused("SPECIALIST_UNKNOWN", wait, clinic, specialist="SPC-NOBODY")
		refused("PHONE_INVALID", wait, clinic, patient=person(mobile="12"))
		assert frappe.db.count("Patient") == patients
		assert not frappe.db.count("Waiting List Entry", {"branch": clinic.branch})

	def test_nobody_fills_the_list_alone(self, clinic):
		for hour in range(8, 8 + waiting_list.MOST_OPEN):
			wait(clinic, wanted=Wanted(SATURDAY, SATURDAY, time_from=time(hour)))
		refused("WAITING_TOO_MANY", wait, clinic, wanted=Wanted(SATURDAY, SATURDAY, time_from=time(18)))

	def test_left_by_the_link_twice_is_left_once(self, clinic):
		doc = wait(clinic)
		token = waiting_list.leave_token(doc)
		assert waiting_list.leave(token).status == waiting_list.leave(token).status == "Cancelled"
		refused("LINK_INVALID", waiting_list.leave, service.manage_token(book(clinic)))

	def test_the_days_pass(self, clinic, frozen):
		doc = wait(clinic)
		frozen.move_to(moscow(16, 23))
		waiting_list.expire()
		assert fresh(doc).status == "Waiting"
		frozen.move_to(moscow(17, 0, 1))
		waiting_list.expire()
		assert fresh(doc).status == "Expired"


class TestOffer:
	def test_a_cancelled_time_is_held_for_the_first_who_waits_and_told_to_him(self, clinic):
		taken = book(clinic)
		first, second = wait(clinic, 1), wait(clinic, 2)
		free(taken)
		held = offered(first)
		assert (held.status, held.patient, held.start) == ("Held", first.patient, taken.start)
		assert held.hold_until - timedelta(minutes=30) == frappe.utils.get_datetime("2027-01-15 12:00:00")
		[message] = messages_of(held.name, OFFER)
		assert message.status == "Queued"
		assert "30 минут" in message.body.replace("\N{NO-BREAK SPACE}", " ")
		assert service.manage_token(held) in message.body
		assert fresh(second).status == "Waiting"

	def test_nobody_else_can_have_it_meanwhile_and_it_is_offered_once(self, clinic):
		taken = book(clinic)
		entries = [wait(clinic, number) for number in (1, 2, 3)]
		free(taken)
		tell(taken)  # the event is delivered again
		states = [fresh(entry).status for entry in entries]
		assert states == ["Offered", "Waiting", "Waiting"]
		assert frappe.db.count("Booking", {"branch": clinic.branch, "status": "Held"}) == 1
		refused("SLOT_TAKEN", book, clinic, patient=person(mobile="+79000000199"))

	def test_accepted_it_is_a_booking_and_confirmed(self, clinic):
		taken = book(clinic)
		entry = wait(clinic)
		free(taken)
		held = offered(entry)
		assert view.of(held)["offer_until"] == "2027-01-15T12:30:00+03:00"
		doc = waiting_list.accept(held.name)
		assert waiting_list.accept(held.name).status == doc.status == "Booked"
		assert (fresh(entry).status, fresh(entry).booking) == ("Booked", held.name)
		[event] = events_of(held.name, "booking.confirmed")
		reactions.confirmed(event)
		assert messages_of(held.name, "booking.created")
		assert view.of(fresh(doc))["offer_until"] is None

	def test_not_answered_it_goes_to_the_next_and_never_back_to_the_same(self, clinic, frozen):
		taken = book(clinic)
		first, second = wait(clinic, 1), wait(clinic, 2)
		free(taken)
		held = offered(first)
		frozen.shift(timedelta(minutes=30))
		holds.release_expired()
		assert fresh(held).status == "Cancelled"
		refused("OFFER_OVER", waiting_list.accept, held.name)
		tell(held)
		assert fresh(first).status == "Waiting"
		assert (fresh(first).offers_missed, fresh(first).last_answer) == (1, "Не ответил вовремя")
		second_held = offered(second)
		assert second_held.start == taken.start
		move(second_held, "Cancelled", cancel_reason="Не подходит", cancelled_by="Patient")
		tell(second_held)
		assert [fresh(one).status for one in (first, second)] == ["Waiting", "Waiting"]
		assert book(clinic, patient=person(mobile="+79000000199")).start == taken.start

	def test_after_three_offers_in_vain_the_entry_is_closed(self, clinic, frozen):
		entry = wait(clinic, wanted=Wanted(SATURDAY, date(2027, 1, 20)))
		for day in (17, 18, 19):
			taken = book(clinic, start=moscow(day, 10))
			free(taken)
			held = offered(entry)
			frozen.shift(timedelta(minutes=31))
			holds.release_expired()
			tell(held)
		assert fresh(entry).status == "Expired"

	def test_left_while_it_is_held_it_goes_to_the_next(self, clinic):
		taken = book(clinic)
		first, second = wait(clinic, 1), wait(clinic, 2)
		free(taken)
		held = offered(first)
		waiting_list.leave(waiting_list.leave_token(first))
		tell(held)
		assert fresh(first).status == "Cancelled"
		assert offered(second).start == taken.start

	def test_a_moved_booking_frees_its_old_time(self, clinic):
		taken = book(clinic)
		old = taken.start
		entry = wait(clinic)
		service.reschedule(taken.name, moscow(18, 10))
		tell(taken, "rescheduled")
		assert offered(entry).start == old

	def test_two_short_visits_fit_into_a_long_one(self, clinic):
		alter("Lab Service", clinic.visit, duration_minutes=60)
		taken = book(clinic)
		short = clinic.make.service(
			kind="Consultation", resource_kind="", needs_specialist=1, duration_minutes=30
		).name
		entries = [wait(clinic, number, services=[short]) for number in (1, 2, 3)]
		free(taken)
		held = [offered(entry) for entry in entries[:2]]
		assert [str(one.start)[11:16] for one in held] == ["09:00", "09:30"]
		# The third one is offered what touches the freed hour, not what was free all the time.
		third = fresh(entries[2])
		assert third.status == "Waiting"

	@pytest.mark.parametrize(
		"wanted",
		[
			Wanted(date(2027, 1, 17), date(2027, 1, 20)),
			Wanted(SATURDAY, SATURDAY, time_from=time(15)),
			Wanted(SATURDAY, date(2027, 1, 30), frozenset({0})),
		],
	)
	def test_whom_it_does_not_suit_is_left_in_peace(self, clinic, wanted):
		taken = book(clinic)
		entry = wait(clinic, wanted=wanted)
		free(taken)
		assert fresh(entry).status == "Waiting"
		assert not frappe.db.count("Booking", {"branch": clinic.branch, "status": "Held"})

	def test_another_specialist_is_not_the_one_who_was_asked_for(self, clinic):
		other = clinic.make.specialist(clinic.branch, services=[{"kind": "Consultation"}]).name
		taken = book(clinic, specialist=clinic.doctor)
		entry = wait(clinic, specialist=other)
		free(taken)
		# The other one was free all the time; what is offered is nevertheless his time.
		entry = fresh(entry)
		assert entry.status == "Waiting" or offered(entry).specialist == other

	def test_without_consent_to_messages_nothing_is_held_and_the_next_is_asked(self, clinic):
		taken = book(clinic)
		first, second = wait(clinic, 1), wait(clinic, 2)
		consents.withdraw(first.patient, consents.SERVICE, "письмо")
		free(taken)
		first = fresh(first)
		assert (first.status, first.offers_missed) == ("Waiting", 1)
		assert first.last_answer == "Предложение не отправлено: CONSENT_WITHDRAWN"
		assert offered(second).start == taken.start
		[suppressed] = frappe.get_all("Message", {"patient": first.patient, "event": OFFER}, ["status"])
		assert suppressed.status == "Suppressed"

	def test_in_quiet_hours_message_and_hold_wait_for_the_morning(self, clinic, frozen):
		taken = book(clinic, start=moscow(16, 12))
		entry = wait(clinic)
		frozen.move_to(moscow(15, 23))
		free(taken)
		held = offered(entry)
		[message] = messages_of(held.name, OFFER)
		assert str(message.scheduled_at) == "2027-01-16 09:00:00"
		assert str(held.hold_until) == str(fresh(entry).offered_until) == "2027-01-16 09:30:00"

	def test_too_near_to_be_answered_it_is_not_offered(self, clinic, frozen):
		taken = book(clinic)
		entry = wait(clinic)
		frozen.move_to(moscow(16, 8, 40))  # the lead time is an hour
		free(taken)
		assert fresh(entry).status == "Waiting"

	def test_the_policy_says_how_long(self, clinic):
		insert("Booking Policy", policy_name="Тестовые правила", branch=clinic.branch, offer_minutes=45)
		taken = book(clinic)
		entry = wait(clinic)
		free(taken)
		assert str(offered(entry).hold_until) == "2027-01-15 12:45:00"

	def test_who_has_booked_meanwhile_waits_no_more(self, clinic):
		entry = wait(clinic)
		doc = book(clinic, patient=entry.patient, consents=[])
		[event] = events_of(doc.name, "booking.created")
		waiting_offers.booked(event)
		assert (fresh(entry).status, fresh(entry).booking) == ("Booked", doc.name)


class TestDesk:
	def test_staff_add_close_and_open_again_but_never_set_the_systems_statuses(self, clinic, as_user):
		patient = clinic.make.patient().name
		with as_user("Lab Operator"):
			doc = frappe.new_doc("Waiting List Entry")
			doc.update({"patient": patient, "branch": clinic.branch, "channel": "Phone"})
			doc.update({"date_from": "2027-01-16", "date_to": "2027-01-16"})
			doc.append("services", {"service": clinic.visit})
			doc.insert()
			for status in ("Cancelled", "Waiting"):
				doc = fresh(doc)
				doc.status = status
				doc.save()
			doc = fresh(doc)
			doc.status = "Offered"
			refused("STATUS_BY_SYSTEM", doc.save)

	def test_marketers_do_not_see_who_waits(self, clinic, as_user):
		entry = wait(clinic)
		with as_user("Lab Marketer"):
			assert not frappe.has_permission("Waiting List Entry", "read", entry.name)
