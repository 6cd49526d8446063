"""Figures of the line: queues, failures by reason, turnaround against the promise."""

from datetime import timedelta

import frappe
import pytest
from frappe.desk.query_report import run

from lab_crm.laboratory.tests.arrange import insert
from lab_crm.lis import figures, silence
from lab_crm.utils import clock


def queue_of(line) -> dict:
	"""The row of the test's connection in the report of queues."""
	(row,) = [each for each in figures.queues() if each["connection"] == line.connection.name]
	return row


def aged(name: str, **past) -> None:
	frappe.db.set_value("LIS Message", name, "received_at", clock.now() - timedelta(**past))


def outgoing(line, status: str, **past) -> str:
	keys = {"control_id": frappe.generate_hash(length=12), "raw": "MSH|"}
	row = insert(
		"LIS Message",
		direction="Out",
		status=status,
		message_type="OML^O21",
		connection=line.connection.name,
		**keys,
	)
	aged(row.name, **past)
	return row.name


def test_queues_are_counted_by_what_they_wait_for(line):
	line.process(line.report(None, line.glucose(), placer="ЧУЖОЙ"))
	aged(line.receive(line.report(None, line.glucose())), minutes=12)
	outgoing(line, "Queued", minutes=47)
	outgoing(line, "Failed", hours=5)
	row = queue_of(line)
	counts = {key: row[key] for key in ("to_process", "unmatched", "failed_in", "to_send", "dead")}
	assert counts == {"to_process": 1, "unmatched": 1, "failed_in": 0, "to_send": 1, "dead": 1}
	assert row["oldest_minutes"] == 47


def test_a_connection_shows_its_state(line):
	assert (queue_of(line)["state"], queue_of(line)["oldest_minutes"]) == ("Работает", 0)
	created = clock.now() - timedelta(days=2)
	frappe.db.set_value(
		"LIS Connection", line.connection.name, {"creation": created, "silence_alert_minutes": 5}
	)
	silence.check()
	assert queue_of(line)["state"] == "Молчит"


def test_the_card_shows_the_age_of_the_oldest(line):
	aged(line.receive(line.report(None, line.glucose())), days=40)
	assert figures.oldest_waiting()["value"] == 40 * 24 * 60


@pytest.mark.parametrize(
	("one", "other"),
	[
		("There is no order or specimen A-17", "There is no order or specimen Б-2024"),
		("The LIS refused (AE): 207", "The LIS refused (AE): 101"),
		("Connection refused 10.0.0.1:2575\nsecond line", "Connection refused 10.0.0.2:2576"),
	],
)
def test_failures_of_one_kind_have_one_reason(one, other):
	assert figures.reason_of(one) == figures.reason_of(other)


def test_failures_of_other_kinds_do_not():
	assert figures.reason_of("Нет заказа 17") != figures.reason_of("Нет пробирки 17")
	assert figures.reason_of(None) == ""


def test_failures_are_counted_by_reason(line):
	for number in ("Ч-1", "Ч-2"):
		line.process(line.report(None, line.glucose(), placer=number))
	old = line.process(line.report(None, line.glucose(), placer="Ч-3"))
	aged(old.name, days=3)
	today = clock.now().date()
	rows = [row for row in figures.failures(today, today) if row["connection"] == line.connection.name]
	assert [(row["count"], row["status"]) for row in rows] == [(2, "Unmatched")]


def test_turnaround_is_held_against_the_promise(line):
	service = line.lab.biochemistry
	service.db_set("turnaround_hours", 24)
	done = clock.now()
	for hours in (10, 20, 30):
		order = line.order(service, ordered_at=done - timedelta(hours=hours))
		frappe.db.set_value("Lab Order Item", order.items[0].name, "completed_on", done)
	collected = line.order(service, ordered_at=done - timedelta(hours=50))
	tube = insert("Specimen", order=collected.name, patient=collected.patient)
	tube.db_set("collected_at", done - timedelta(hours=12))
	frappe.db.set_value(
		"Lab Order Item", collected.items[0].name, {"completed_on": done, "specimen": tube.name}
	)
	(row,) = [
		each for each in figures.turnaround(done.date(), done.date()) if each["service"] == service.name
	]
	assert (row["count"], row["promised"], row["median"]) == (4, 24, 16.0)
	assert (row["late"], row["late_share"], row["slow"]) == (1, 25.0, 27.0)
	assert figures.turnaround(done.date() + timedelta(days=1), done.date() + timedelta(days=1)) == []
	foreign = [each["service"] for each in figures.turnaround(done.date(), done.date(), "другое отделение")]
	assert foreign == []


@pytest.mark.parametrize("report", ["LIS Queues", "LIS Failures by Reason", "Turnaround by Service"])
def test_reports_run_for_the_administrator_and_not_for_the_reception(line, as_user, report):
	today = str(clock.now().date())
	filters = {"day_from": today, "day_to": today}
	with as_user("Lab Administrator"):
		assert run(report, filters=filters)["columns"]
	with as_user("Lab Receptionist"), pytest.raises(frappe.PermissionError):
		run(report, filters=filters)
