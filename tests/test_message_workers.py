"""A worker killed in the middle of a mailing: no message is lost and none is sent twice."""

import random
import signal
import subprocess
from collections import Counter
from collections.abc import Callable

import frappe
import pytest

from benchkit import processes
from lab_crm.demo import gateway
from lab_crm.messaging.providers.smsc import number_of
from lab_crm.privacy import consents
from lab_crm.utils import clock
from lab_crm.utils.names import random_name
from tests.support.stack import wait_for

MESSAGES, KILLS = 900, 6
WORKER = """
import sys, frappe
frappe.init(site=sys.argv[1], sites_path=sys.argv[2])
frappe.connect()
from lab_crm.messaging import delivery
delivery.drain()
"""


@pytest.fixture
def server():
	with gateway.running() as running:
		yield running


@pytest.fixture
def mailing(site, make, server):
	"""A channel into the gateway and its due messages, committed; gone after the test."""
	name = random_name("Channel", 6)
	channel = frappe.new_doc("Message Channel")
	channel.update({"channel_name": name, "kind": "SMS", "provider": "smsc", "base_url": server.url})
	channel.update({"secret": gateway.SECRET, "rate_per_minute": 0, "timeout_seconds": 5, "price": 2})
	channel.insert()
	patient = make.patient().name
	consents.give(patient, consents.SERVICE, "проба")
	names = write(name, patient)
	frappe.db.commit()
	try:
		yield frappe._dict(channel=name, names=names)
	finally:
		frappe.db.rollback()
		for doctype in ("Message", "Consent", "Journey Event"):
			frappe.db.delete(doctype, {"patient": patient})
		frappe.db.delete("Integration Request", {"reference_docname": ("in", names)})
		frappe.db.delete("Patient", {"name": patient})
		frappe.delete_doc("Message Channel", name, force=True)
		frappe.db.commit()


def write(channel: str, patient: str) -> list[str]:
	now = clock.now()
	values = {
		"status": "Queued",
		"channel": channel,
		"patient": patient,
		"event": "booking.reminder",
		"purpose": consents.SERVICE,
		"recipient": "+79000000000",
		"creation": now,
		"modified": now,
		"next_attempt_at": now,
		"is_answer": 1,  # at night too
	}
	names = [random_name("MSG") for _number in range(MESSAGES)]
	rows = [(name, f"Проба {name}", *values.values()) for name in names]
	frappe.db.bulk_insert("Message", ("name", "body", *values), rows)
	return names


def statuses(channel: str) -> Counter:
	frappe.db.rollback()  # a new snapshot
	return Counter(frappe.get_all("Message", {"channel": channel}, pluck="status"))


def let_leases_end(channel: str) -> None:
	frappe.db.rollback()
	waiting = {"channel": channel, "status": "Queued"}
	frappe.db.set_value("Message", waiting, "next_attempt_at", clock.now(), update_modified=False)
	frappe.db.commit()


def test_a_worker_killed_while_sending_loses_none_and_sends_none_twice(profile, mailing, server):
	def start() -> subprocess.Popen:
		command = [str(profile.python), "-c", WORKER, profile.site, str(profile.sites)]
		return subprocess.Popen(command, cwd=profile.sites, env=processes.environment(profile))

	def work_until(happened: Callable[[], bool], what: str) -> subprocess.Popen:
		"""A worker at work when it has happened; one that finds nothing due ends, and another begins."""
		worker = start()

		def seen() -> bool:
			nonlocal worker
			if worker.poll() is not None:
				worker = start()
			return happened()

		wait_for(seen, f"{what}, {statuses(mailing.channel)}", 120)
		return worker

	chance = random.Random()
	for kill in range(KILLS):
		goal = len(server.taken) + chance.randint(5, 40)
		worker = work_until(lambda goal=goal: len(server.taken) >= goal, f"{goal} messages at the gateway")
		if kill % 2:
			# This one falls between what the gateway has taken and its answer.
			server.faults.append("taken+silence")
			wait_for(lambda: not server.faults, "a message whose answer is late")
		worker.send_signal(signal.SIGKILL)
		worker.wait(30)
		let_leases_end(mailing.channel)
	assert start().wait(120) == 0
	assert statuses(mailing.channel) == {"Sent": MESSAGES}
	assert Counter(row["id"] for row in server.taken) == {number_of(name): 1 for name in mailing.names}
	assert "/sys/status.php" in server.calls, "no kill fell between the gateway's answer and our record"
