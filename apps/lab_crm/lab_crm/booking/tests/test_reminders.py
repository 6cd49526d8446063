"""Reminders before the visit."""

from datetime import timedelta

import frappe
import pytest

from lab_crm.booking import reactions, reminders, service
from lab_crm.booking.tests.support import book, insert, messages_of, moscow, move, person

pytestmark = pytest.mark.usefixtures("kept")
# Monday, 10:00: so far ahead that the reminder is still to come.
MONDAY = moscow(18, 10)
REMINDER = "booking.reminder"


@pytest.fixture
def booked(clinic):
	doc = book(clinic, start=MONDAY)
	frappe.db.commit()
	return doc


def reminded(doc) -> int:
	reminders.send_due()
	return len(messages_of(doc.name, REMINDER))


def test_one_reminder_a_day_before_and_no_more(booked, frozen):
	frozen.move_to(MONDAY - timedelta(hours=24, seconds=1))
	assert reminded(booked) == 0
	frozen.shift(timedelta(seconds=1))
	assert reminded(booked) == 1
	assert reminded(booked) == 1
	frozen.move_to(MONDAY - timedelta(minutes=1))
	assert reminded(booked) == 1
	[message] = messages_of(booked.name, REMINDER)
	assert "завтра" in message.body and "10:00" in message.body
	assert message.expires_at == booked.start


def test_who_booked_within_a_day_has_only_just_been_told(clinic, frozen):
	frozen.move_to(MONDAY - timedelta(hours=23))
	doc = book(clinic, start=MONDAY)
	frozen.shift(timedelta(hours=1))
	assert reminded(doc) == 0


def test_after_a_standstill_a_late_reminder_goes_and_a_useless_one_does_not(booked, frozen):
	frozen.move_to(MONDAY - timedelta(hours=18, seconds=1))
	assert reminded(booked) == 1
	other = book_later(booked)
	frozen.move_to(other.start.replace(tzinfo=None) - timedelta(hours=21))  # 6 h 0 min late, Moscow clock
	assert reminded(other) == 0


def book_later(doc):
	"""A booking a week later, of another patient."""
	later = frappe.copy_doc(doc)
	later.update({"start": doc.start + timedelta(days=7), "idempotency_key": None})
	later.insert(ignore_permissions=True)
	frappe.db.commit()
	return later


def test_a_moved_booking_is_reminded_of_anew(booked, frozen):
	frozen.move_to(MONDAY - timedelta(hours=24))
	assert reminded(booked) == 1
	service.reschedule(booked.name, MONDAY + timedelta(days=1))
	frozen.move_to(MONDAY)
	assert reminded(booked) == 2


@pytest.mark.parametrize("status", ["Cancelled", "Held", "No Show"])
def test_only_who_is_expected_is_reminded(booked, frozen, status):
	move(booked, status, cancel_reason="Проверка")
	frozen.move_to(MONDAY - timedelta(hours=24))
	assert reminded(booked) == 0


def test_the_policy_has_another_plan(clinic, frozen):
	steps = [{"hours_before": hours, "event": REMINDER} for hours in (24, 2)]
	insert("Booking Policy", policy_name="Тестовый план", branch=clinic.branch, reminders=steps)
	doc = book(clinic, start=MONDAY)
	frozen.move_to(MONDAY - timedelta(hours=24))
	assert reminded(doc) == 1
	frozen.move_to(MONDAY - timedelta(hours=2))
	assert reminded(doc) == 2


def test_a_policy_without_a_plan_reminds_of_nothing(clinic, frozen):
	insert("Booking Policy", policy_name="Без напоминаний", branch=clinic.branch)
	doc = book(clinic, start=MONDAY)
	frozen.move_to(MONDAY - timedelta(hours=24))
	assert reminded(doc) == 0


def test_a_fault_of_one_does_not_silence_the_others(clinic, booked, frozen, monkeypatch):
	other = book(clinic, start=MONDAY + timedelta(hours=1), patient=person(mobile="+79000000102"))
	frappe.db.commit()
	remind = reactions.remind

	def failing(doc, event, hours):
		if doc.name == booked.name:
			raise RuntimeError("generated")
		remind(doc, event, hours)

	monkeypatch.setattr(reactions, "remind", failing)
	frozen.move_to(MONDAY - timedelta(hours=22))
	assert reminded(booked) == 0
	assert len(messages_of(other.name, REMINDER)) == 1
	assert frappe.db.exists("Error Log", {"method": ("like", f"%{booked.name}%")})
