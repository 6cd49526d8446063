"""The log of the journey: written with the change it reports, never altered, delivered until it is done."""

from datetime import timedelta

import frappe
import pytest

from lab_crm.booking.tests.support import within_one_transaction
from lab_crm.journey import events
from lab_crm.journey.tests import heard
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal

NAME = "test.happened"
ALL = [f"{heard.__name__}.{name}" for name in ("first", "second", "third")]


@pytest.fixture
def subscribed(monkeypatch):
	"""Three subscribers, of which a test may make some fail."""
	monkeypatch.setattr(heard, "calls", [])
	monkeypatch.setattr(heard, "failing", set())
	monkeypatch.setattr(events, "subscribers", lambda event: ALL if event == NAME else [])
	return heard


@pytest.fixture
def queued(monkeypatch):
	"""The jobs that would be queued: names of events."""
	jobs = []

	def enqueue(method, **given):
		assert given["enqueue_after_commit"], "a job queued before the commit finds no event"
		jobs.append((method, given["event_name"]))

	monkeypatch.setattr(frappe, "enqueue", enqueue)
	return jobs


@pytest.fixture
def event(site, make, subscribed, queued):
	"""An event of a patient, committed as far as the test goes."""
	with within_one_transaction():
		name = events.emit(NAME, patient=make.patient().name, note="проба", number=3)
		frappe.db.commit()
		yield frappe.get_doc("Journey Event", name)


def stored(event) -> frappe._dict:
	fields = ["status", "attempts", "done", "error"]
	return frappe.db.get_value("Journey Event", event.name, fields, as_dict=True)


def age(event, by: timedelta) -> None:
	frappe.db.set_value("Journey Event", event.name, "modified", clock.now() - by, update_modified=False)


def test_keys_become_fields_and_the_rest_becomes_the_payload(event, queued):
	assert event.details == {"note": "проба", "number": 3}
	assert frappe.db.exists("Patient", event.patient)
	assert event.status == "Pending"
	assert queued == [(events.DISPATCH, event.name)]


def test_without_subscribers_nothing_is_queued(site, make, subscribed, queued):
	name = events.emit("test.unheard", patient=make.patient().name)
	assert frappe.db.get_value("Journey Event", name, "status") == "Done"
	assert queued == []


def test_what_is_rolled_back_leaves_no_event_and_no_job(site, make, subscribed):
	from frappe.utils.background_jobs import get_queue

	frappe.db.commit()
	before = {job.id for job in get_queue("short").jobs}
	name = events.emit(NAME, patient=make.patient().name)
	assert frappe.db.exists("Journey Event", name)
	frappe.db.rollback()
	frappe.db.commit()
	assert not frappe.db.exists("Journey Event", name)
	added = [job for job in get_queue("short").jobs if job.id not in before]
	assert not [job for job in added if name in str(job.kwargs)]


def test_an_event_is_never_changed(event):
	event.event = "test.other"
	with pytest.raises(Refusal) as refused:
		event.save(ignore_permissions=True)
	assert refused.value.code == "APPEND_ONLY"
	assert frappe.db.get_value("Journey Event", event.name, "event") == NAME


def test_an_event_is_never_deleted(event):
	with pytest.raises(Refusal) as refused:
		frappe.delete_doc("Journey Event", event.name, ignore_permissions=True, force=True)
	assert refused.value.code == "APPEND_ONLY"
	assert frappe.db.exists("Journey Event", event.name)


@pytest.mark.parametrize("right", ["create", "write", "delete", "import", "submit", "cancel"])
def test_no_role_may_touch_the_log(site, right):
	meta = frappe.get_meta("Journey Event")
	assert not [row.role for row in meta.permissions if row.get(right)]


def test_every_subscriber_runs_once_in_their_order(event, subscribed):
	events.dispatch(event.name)
	events.dispatch(event.name)
	assert subscribed.calls == [(who, event.name) for who in ("first", "second", "third")]
	assert stored(event) == {"status": "Done", "attempts": 1, "done": "\n".join(ALL), "error": None}


def test_a_failing_subscriber_stops_nobody_and_only_it_is_run_again(event, subscribed):
	subscribed.failing.add("second")
	events.dispatch(event.name)
	assert [who for who, _ in subscribed.calls] == ["first", "third"]
	half = stored(event)
	assert (half.status, half.attempts, half.done) == ("Pending", 1, f"{ALL[0]}\n{ALL[2]}")
	assert "second cannot" in half.error
	assert not frappe.db.get_value("Patient", event.patient, "complaints"), "half of its work stayed"

	subscribed.failing.clear()
	events.dispatch(event.name)
	assert [who for who, _ in subscribed.calls] == ["first", "third", "second"]
	assert stored(event).status == "Done"
	assert frappe.db.get_value("Patient", event.patient, "complaints") == f"second heard {event.name}"


def test_it_is_given_up_after_the_last_attempt_and_staff_can_see_why(event, subscribed):
	subscribed.failing.add("first")
	for _round in range(events.MAX_ATTEMPTS):
		assert stored(event).status == "Pending"
		events.dispatch(event.name)
	last = stored(event)
	assert (last.status, last.attempts) == ("Failed", events.MAX_ATTEMPTS)
	assert "first cannot" in last.error
	assert frappe.db.exists("Error Log", {"method": f"{NAME} → {ALL[0]}"})


def test_the_sweeper_requeues_what_is_pending_for_over_a_minute(event, queued):
	queued.clear()
	age(event, events.SWEEP_AFTER - timedelta(seconds=10))
	events.sweep()
	assert (events.DISPATCH, event.name) not in queued
	age(event, events.SWEEP_AFTER + timedelta(seconds=10))
	assert events.sweep() >= 1
	assert queued.count((events.DISPATCH, event.name)) == 1


def test_the_sweeper_leaves_what_is_done(event, queued):
	events.dispatch(event.name)
	queued.clear()
	age(event, timedelta(days=1))
	events.sweep()
	assert (events.DISPATCH, event.name) not in queued


def test_every_subscriber_of_the_hooks_can_be_called(site):
	for event, paths in frappe.get_hooks("journey_subscribers").items():
		for path in paths:
			assert callable(frappe.get_attr(path)), f"{event} → {path}"
