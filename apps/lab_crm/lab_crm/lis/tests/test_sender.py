"""Orders leave the outbox for a real peer (the MLLP server of PyPI `hl7`), which also refuses and dies."""

from datetime import timedelta

import frappe
import pytest

from lab_crm.journey import events
from lab_crm.laboratory import orders
from lab_crm.laboratory.tests.arrange import events_of, fresh
from lab_crm.lis import outbox, reactions, sender
from lab_crm.lis.hl7.build import CANCEL, CHANGE, NEW
from lab_crm.lis.tests.arrange import Line
from lab_crm.lis.tests.peer import Peer
from lab_crm.utils import clock


@pytest.fixture
def peer():
	peer = Peer().start()
	yield peer
	peer.stop()


@pytest.fixture
def wired(make, kept, peer, monkeypatch):
	"""A laboratory whose LIS is the peer; jobs are not queued, the test runs them."""
	monkeypatch.setattr(sender, "enqueue", lambda connection: None)
	line = Line(make, port=peer.port, ack_timeout_seconds=1, max_attempts=3)
	frappe.db.commit()
	return line


def placed(line, cause: str = "EVT-1", **fields):
	"""An order whose message waits in the outbox; return it and the message's name."""
	order = line.order(status="Draft", **fields)
	name = outbox.queue_order(order.name, NEW, f"{cause}/{order.name}")
	frappe.db.commit()
	return order, name


def row(name: str):
	return frappe.get_doc("LIS Message", name)


def later(monkeypatch, hours: float) -> None:
	"""Move the clock of the product ahead."""
	now = clock.now() + timedelta(hours=hours)
	monkeypatch.setattr(clock, "now", lambda: now)


def test_an_order_is_sent_and_accepted(wired, peer):
	order, name = placed(wired)
	assert (row(name).status, fresh(order).status) == ("Queued", "Queued")
	assert sender.send_due(wired.connection.name) == 1
	message = row(name)
	assert (message.status, message.ack_code, message.attempts, message.error) == (
		"Acknowledged",
		"AA",
		1,
		None,
	)
	assert fresh(order).status == "Accepted"
	assert [each for each in events_of(order.name) if each in ("order.sent", "order.accepted")] == [
		"order.sent",
		"order.accepted",
	]
	assert peer.field(0, "MSH", 9) == "OML^O21^OML_O21"
	assert peer.field(0, "MSH", 10) == message.control_id
	assert (peer.field(0, "ORC", 1), peer.field(0, "ORC", 2)) == ("NW", order.placer_number)
	assert "Тестова^Анна" in peer.field(0, "PID", 5)


def test_orm_for_a_lis_that_knows_no_oml(wired, peer):
	wired.connection.db_set("order_message", "ORM^O01")
	placed(wired)
	sender.send_due(wired.connection.name)
	assert peer.field(0, "MSH", 9).startswith("ORM^O01")


def test_the_lis_calls_services_by_its_own_codes(wired, peer):
	service = wired.lab.biochemistry.name
	frappe.get_doc(
		{
			"doctype": "LIS Code Map",
			"connection": wired.connection.name,
			"lis_code": "G-77",
			"lis_name": "Глюкоза (ЛИС)",
			"service": service,
		}
	).insert()
	order = wired.order(wired.lab.biochemistry, status="Draft")
	outbox.queue_order(order.name, NEW, "EVT-2")
	sender.send_due(wired.connection.name)
	assert peer.field(0, "OBR", 4).startswith("G-77^Глюкоза (ЛИС)^L")


def test_several_orders_go_on_one_connection(wired, peer):
	names = [placed(wired)[1] for _ in range(4)]
	assert sender.send_due(wired.connection.name) == 4
	assert {row(name).status for name in names} == {"Acknowledged"}
	assert [peer.field(number, "MSH", 10) for number in range(4)] == [row(name).control_id for name in names]


def test_the_same_event_twice_makes_one_message(wired):
	order, name = placed(wired)
	assert outbox.queue_order(order.name, NEW, f"EVT-1/{order.name}") == name
	assert frappe.db.count("LIS Message", {"lab_order": order.name}) == 1


def test_a_cancelled_order_is_taken_back_in_order(wired, peer):
	order, _new = placed(wired)
	orders.set_cancelled(order.name, "Отказ пациента")
	outbox.queue_order(order.name, CANCEL, "EVT-3")
	assert sender.send_due(wired.connection.name) == 2
	assert [peer.field(number, "ORC", 1) for number in (0, 1)] == ["NW", "CA"]
	assert fresh(order).status == "Cancelled"


def test_an_order_cancelled_before_it_was_told_is_never_sent(wired):
	order = wired.order(status="Draft", lis_connection=None)
	orders.set_cancelled(order.name)
	assert outbox.queue_order(order.name, CANCEL, "EVT-4") is None
	assert outbox.queue_order(order.name, NEW, "EVT-5") is None


def test_a_change_waits_for_the_message_before_it(wired, peer):
	order, first = placed(wired)
	outbox.queue_order(order.name, CHANGE, "EVT-6")
	peer.behave = lambda message: None
	assert sender.send_due(wired.connection.name) == 1
	assert [peer.field(0, "ORC", 1), len(peer.received)] == ["NW", 1]
	assert row(first).status == "Queued"


def test_a_refusal_rejects_the_order_with_the_reason(wired, peer):
	peer.behave = lambda message: "AE"
	order, name = placed(wired)
	sender.send_due(wired.connection.name)
	assert (row(name).status, row(name).ack_code) == ("Rejected", "AE")
	assert fresh(order).status == "Rejected"
	assert "ЛИС отказала (AE)" in fresh(order).rejection_reason


def test_a_refused_change_leaves_the_order_accepted(wired, peer):
	order, _name = placed(wired)
	sender.send_due(wired.connection.name)
	peer.behave = lambda message: "AR"
	changed = outbox.queue_order(order.name, CHANGE, "EVT-7")
	sender.send_due(wired.connection.name)
	assert (row(changed).status, fresh(order).status) == ("Rejected", "Accepted")


def test_an_accept_acknowledgement_only_sends_the_order(wired, peer):
	peer.behave = lambda message: "CA"
	order, name = placed(wired)
	sender.send_due(wired.connection.name)
	assert (row(name).status, fresh(order).status) == ("Sent", "Sent")
	answer = wired.process(
		f"MSH|^~\\&|{wired.application}|||LABCRM|20261121||ORL^O22|R-1|P|2.5.1\r"
		f"MSA|AA|{row(name).control_id}\rORC|OK|{order.placer_number}|F-12\r"
	)
	assert (answer.status, answer.lab_order) == ("Processed", order.name)
	assert (row(name).status, fresh(order).status, fresh(order).filler_number) == (
		"Acknowledged",
		"Accepted",
		"F-12",
	)


def test_an_order_response_that_is_unable_rejects(wired, peer):
	peer.behave = lambda message: "CA"
	order, name = placed(wired)
	sender.send_due(wired.connection.name)
	wired.process(
		f"MSH|^~\\&|{wired.application}|||LABCRM|20261121||ORL^O22|R-2|P|2.5.1\r"
		f"MSA|AA|{row(name).control_id}|Нет реактива\rORC|UA|{order.placer_number}\r"
	)
	assert fresh(order).status == "Rejected"
	assert "Нет реактива" in fresh(order).rejection_reason


def test_silence_puts_off_then_gives_up(wired, peer, monkeypatch):
	peer.behave = lambda message: None
	order, name = placed(wired)
	for attempt in (1, 2):
		sender.send_due(wired.connection.name)
		assert (row(name).status, row(name).attempts) == ("Queued", attempt)
		assert row(name).next_attempt_at > clock.now()
		assert sender.send_due(wired.connection.name) == 0  # not due yet
		later(monkeypatch, 1)
	sender.send_due(wired.connection.name)
	assert row(name).status == "Failed"
	assert "ЛИС не ответила" in row(name).error
	assert len({peer.field(number, "MSH", 10) for number in range(3)}) == 1
	assert fresh(order).status == "Queued"


def test_a_lis_that_is_away_is_tried_again_and_recovers(wired, peer, monkeypatch):
	peer.stop()
	names = [placed(wired)[1] for _ in range(3)]
	assert sender.send_due(wired.connection.name) == 1  # one knock is enough
	assert "Нет связи с ЛИС" in row(names[0]).error
	again = Peer(peer.port).start()
	try:
		assert sender.send_due(wired.connection.name) == 3  # the first need not wait out its pause
	finally:
		again.stop()
		monkeypatch.setattr(peer, "stop", lambda: None)
	assert {row(name).status for name in names} == {"Acknowledged"}


def test_a_connection_that_breaks_is_made_again(wired, peer):
	def hang_up(message):
		raise ConnectionError

	peer.behave = hang_up
	_order, name = placed(wired)
	sender.send_due(wired.connection.name)
	assert row(name).status == "Queued"
	peer.behave = lambda message: "AA"
	row(name).db_set("next_attempt_at", clock.now())
	sender.send_due(wired.connection.name)
	assert row(name).status == "Acknowledged"


def test_a_message_in_flight_is_not_sent_by_another_worker(wired, peer):
	_order, name = placed(wired)
	claimed = sender._claim(wired.connection)
	assert claimed == name
	assert sender.send_due(wired.connection.name) == 0
	assert peer.received == []


def test_a_paused_connection_keeps_its_messages(wired, peer):
	wired.connection.db_set("is_paused", 1)
	_order, name = placed(wired)
	assert sender.send_due(wired.connection.name) == 0
	wired.connection.db_set("is_paused", 0)
	sender.send_due(wired.connection.name)
	assert row(name).status == "Acknowledged"


def test_pauses_grow_with_jitter_to_a_limit():
	pauses = [sender.pause_after(attempt) for attempt in range(1, 15)]
	assert timedelta(seconds=24) <= pauses[0] <= timedelta(seconds=36)
	assert all(pause <= sender.LONGEST_PAUSE * 1.2 for pause in pauses)
	assert pauses[5] > pauses[0] * 10
	assert len({sender.pause_after(3) for _ in range(5)}) > 1


def test_new_and_changed_patients_are_told_first(wired, peer):
	wired.connection.db_set("send_patients", 1)
	frappe.clear_document_cache("LIS Connection", wired.connection.name)
	placed(wired)
	sender.send_due(wired.connection.name)
	wired.lab.patient.reload()
	wired.lab.patient.email = "changed@patients.invalid"
	wired.lab.patient.save()
	placed(wired)
	placed(wired)
	sender.send_due(wired.connection.name)
	types = [peer.field(number, "MSH", 9)[:7] for number in range(len(peer.received))]
	assert types == ["ADT^A04", "OML^O21", "ADT^A08", "OML^O21", "OML^O21"]


def test_check_in_and_its_reaction(wired, peer):
	frappe.db.set_value("LIS Connection", wired.connection.name, "is_default", 1)
	order = wired.order(status="Draft", lis_connection=None)
	event = frappe.get_doc("Journey Event", events.emit("order.placed", lab_order=order.name))
	reactions.order_placed(event)
	reactions.order_placed(event)
	names = frappe.get_all("LIS Message", filters={"lab_order": order.name}, pluck="name")
	assert len(names) == 1
	assert fresh(order).lis_connection
