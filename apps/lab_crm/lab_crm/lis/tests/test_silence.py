"""A LIS that falls silent, and one that speaks again: staff are told once each time."""

from datetime import timedelta

import frappe
import pytest

from lab_crm.lis import silence
from lab_crm.lis.tests.arrange import Line
from lab_crm.utils import clock


@pytest.fixture
def watched(make, kept, monkeypatch):
	"""A LIS that is watched day and night, known for a long time; `line.told()` are the subjects sent."""
	line = Line(make, silence_alert_minutes=30)
	_known_for(line, days=30)
	told = []
	monkeypatch.setattr(
		"frappe.email.doctype.notification.notification.enqueue_create_notification",
		lambda users, doc: told.append((users, doc)),
	)
	line.told = lambda: [doc["subject"] for _users, doc in told if line.application in doc["subject"]]
	line.users = lambda: {user for users, doc in told if line.application in doc["subject"] for user in users}
	return line


def _known_for(line, days: int) -> None:
	created = clock.now() - timedelta(days=days)
	frappe.db.set_value("LIS Connection", line.connection.name, "creation", created)


def heard(line, minutes_ago: int) -> None:
	name = line.receive(line.report(None, line.glucose()))
	at = clock.now() - timedelta(minutes=minutes_ago)
	frappe.db.set_value("LIS Message", name, "received_at", at)


def test_silence_is_told_once_with_the_moment(watched):
	heard(watched, minutes_ago=31)
	assert watched.connection.name in silence.check()
	assert watched.connection.name not in silence.check()
	assert watched.told() == [f"Нет сообщений от {watched.application}: проверьте подключение"]
	silent_since = frappe.db.get_value("LIS Connection", watched.connection.name, "silent_since")
	assert timedelta(minutes=29) < clock.now() - silent_since < timedelta(minutes=31)


def test_a_lis_that_spoke_in_time_is_in_order(watched):
	heard(watched, minutes_ago=29)
	assert watched.connection.name not in silence.check()
	assert watched.told() == []


def test_speaking_again_is_told_once(watched):
	silence.check()
	heard(watched, minutes_ago=0)
	assert watched.connection.name in silence.check()
	assert watched.connection.name not in silence.check()
	assert watched.told()[1:] == [f"Сообщения от {watched.application} снова приходят"]


def test_the_administrator_and_the_integration_are_told(watched, as_user):
	silence.check()
	told = watched.users()
	for role in ("Lab Administrator", "Lab Integration"):
		with as_user(role):
			assert frappe.session.user in told
	with as_user("Lab Receptionist"):
		assert frappe.session.user not in told


def test_outside_its_hours_silence_does_not_count(watched):
	watched.connection.reload()
	now = clock.now()
	yesterday = (now - timedelta(days=1)).strftime("%A")
	watched.connection.append(
		"watch_periods", {"weekday": yesterday, "start_time": "08:00", "end_time": "08:10"}
	)
	watched.connection.save()
	_known_for(watched, days=30)
	assert watched.connection.name not in silence.check()


def test_within_its_hours_it_does(watched):
	watched.connection.reload()
	for day in range(7):
		weekday = (clock.now() + timedelta(days=day)).strftime("%A")
		watched.connection.append(
			"watch_periods", {"weekday": weekday, "start_time": "00:00", "end_time": "00:00"}
		)
	watched.connection.save()
	_known_for(watched, days=30)
	assert watched.connection.name in silence.check()


def test_a_new_connection_is_given_its_time(watched):
	_known_for(watched, days=0)
	assert watched.connection.name not in silence.check()


@pytest.mark.parametrize("change", [{"enabled": 0}, {"silence_alert_minutes": 0}])
def test_one_that_is_not_watched_any_more_is_forgotten_without_a_word(watched, change):
	silence.check()
	frappe.db.set_value("LIS Connection", watched.connection.name, change)
	before = watched.told()
	silence.check()
	assert frappe.db.get_value("LIS Connection", watched.connection.name, "silent_since") is None
	assert watched.told() == before
