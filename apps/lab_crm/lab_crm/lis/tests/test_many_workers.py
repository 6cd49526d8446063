"""Several workers at once, each on a connection of its own: one result, one sending, the order kept."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import frappe
import pytest

from lab_crm.lis import inbox, outbox, sender
from lab_crm.lis.hl7.build import CHANGE, NEW
from lab_crm.lis.tests.arrange import Line, results_of, values_of
from lab_crm.lis.tests.peer import Peer

WORKERS = 4


@pytest.fixture
def shared(site, make, monkeypatch):
	"""A laboratory that every worker sees; it is removed at the end."""
	monkeypatch.setattr(sender, "enqueue", lambda connection: None)
	peer = Peer().start()
	line = Line(make, port=peer.port)
	frappe.db.commit()
	yield line, peer
	peer.stop()
	frappe.db.rollback()
	of_patient = {"patient": line.lab.patient.name}
	results = frappe.get_all("Lab Result", filters=of_patient, pluck="name")
	placed = frappe.get_all("Lab Order", filters=of_patient, pluck="name")
	frappe.db.delete("Lab Result Item", {"parent": ("in", [*results, ""])})
	frappe.db.delete("Lab Order Item", {"parent": ("in", [*placed, ""])})
	for doctype in ("Lab Result", "Lab Order", "Visit", "Journey Event"):
		frappe.db.delete(doctype, of_patient)
	frappe.db.delete("LIS Message", {"connection": line.connection.name})
	frappe.db.delete("LIS Connection", {"name": line.connection.name})
	frappe.db.commit()


def at_once(profile, work, tasks) -> list:
	"""Run `work` with each of the tasks, each in a worker with its own connection to the database."""

	def run(task):
		frappe.init(site=profile.site, sites_path=str(profile.sites), force=True)
		frappe.connect()
		try:
			return work(task)
		finally:
			frappe.db.rollback()
			frappe.destroy()

	with ThreadPoolExecutor(WORKERS) as pool:
		return list(pool.map(run, tasks))


def test_one_message_in_the_hands_of_many_makes_one_result(shared, profile):
	line, _peer = shared
	order = line.order()
	name = line.receive(line.report(order, line.glucose()))
	at_once(profile, inbox.process, [[name]] * WORKERS)
	frappe.db.rollback()
	assert frappe.db.get_value("LIS Message", name, "status") == "Processed"
	assert len(results_of(order.name)) == 1


def test_reports_of_one_order_at_the_same_moment_see_each_other(shared, profile):
	line, _peer = shared
	order = line.order(line.lab.biochemistry)
	reports = [
		line.report(
			order, line.glucose(f"5.{number}", status="C"), status="C", at=f"202611210930{number:02}+0300"
		)
		for number in range(8)
	]
	names = [[line.receive(text)] for text in reports]
	at_once(profile, inbox.process, names)
	frappe.db.rollback()
	results = results_of(order.name)
	assert len(results) == 8
	(current,) = [each for each in results if not each.superseded_by]
	assert values_of(current) == {line.lab.glu: "5.7"}


def test_no_message_is_sent_twice_and_each_orders_messages_keep_their_order(shared, profile):
	line, peer = shared
	for number in range(6):
		order = line.order(status="Draft")
		for action in (NEW, CHANGE, CHANGE):
			outbox.queue_order(order.name, action, f"{order.name}/{action}/{number}/{secret()}")
	frappe.db.commit()
	while sum(at_once(profile, sender.send_due, [line.connection.name] * WORKERS)):
		pass
	sent = [(peer.field(at, "ORC", 2), peer.field(at, "ORC", 1)) for at in range(len(peer.received))]
	numbers = Counter(peer.field(at, "MSH", 10) for at in range(len(peer.received)))
	assert len(numbers) == 18 and set(numbers.values()) == {1}
	for placer in {placer for placer, _action in sent}:
		assert [action for each, action in sent if each == placer] == ["NW", "XO", "XO"]


def secret() -> str:
	"""What makes the cause of a message its own."""
	return frappe.generate_hash(length=8)
