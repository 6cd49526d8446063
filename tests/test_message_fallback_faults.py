"""A worker killed between the failure of a message and its follower: the next channel has it, once."""

import signal
import subprocess
from datetime import timedelta

import frappe
import pytest

from benchkit import processes
from lab_crm.demo.client import zone_of_noon
from lab_crm.journey import events
from lab_crm.messaging import fallback, outbox
from lab_crm.privacy import consents
from lab_crm.utils import clock

VISIT = {"date": "22 ноября", "day": "завтра", "time": "08:30", "address": "Примерная ул., 15"}
# The gateway refuses; the worker dies when the failure is committed and nobody has been told of it.
WORKER = """
import os, signal, sys, frappe
frappe.init(site=sys.argv[1], sites_path=sys.argv[2])
frappe.connect()
from lab_crm.journey import events
from lab_crm.messaging import delivery
from lab_crm.messaging.providers.base import DeliveryError
from lab_crm.messaging.providers.file import FileProvider
from lab_crm.utils import clock

def refuse(self, outgoing):
	raise DeliveryError("no such number", permanent=True)

FileProvider.send = refuse
events.enqueue = lambda name: frappe.db.after_commit.add(lambda: os.kill(os.getpid(), signal.SIGKILL))
# Due in this transaction only: no other worker takes it first.
frappe.db.set_value("Message", sys.argv[3], "next_attempt_at", clock.now(), update_modified=False)
delivery.deliver(sys.argv[3])
"""


@pytest.fixture
def message(site, make):
	"""A reminder by SMS that an e-mail follows on failure, committed; gone after the test."""
	template = frappe.db.get_value("Message Template", {"event": "booking.reminder", "channel": "SMS"})
	before = frappe.db.get_value("Message Template", template, ["on_failure", "wait_minutes"], as_dict=True)
	frappe.db.set_value("Message Template", template, {"on_failure": 1, "wait_minutes": 15})
	patient = make.patient(email="anna@example.org", time_zone=zone_of_noon())
	consents.give(patient.name, consents.SERVICE, "подпись")
	later = clock.now() + timedelta(hours=1)
	queued = outbox.queue("booking.reminder", patient.name, VISIT, patient, send_after=later)
	frappe.db.commit()
	try:
		yield queued
	finally:
		frappe.db.rollback()
		frappe.db.set_value("Message Template", template, before)
		for doctype in ("Message", "Consent", "Journey Event"):
			frappe.db.delete(doctype, {"patient": patient.name})
		frappe.db.delete("Patient", {"name": patient.name})
		frappe.db.commit()


def followers(message) -> list[frappe._dict]:
	frappe.db.rollback()  # a new snapshot
	return frappe.get_all("Message", {"replaces": message.name}, ["channel", "recipient"])


def test_a_worker_killed_after_the_failure_leaves_the_next_channel_its_turn_once(profile, message):
	command = [str(profile.python), "-c", WORKER, profile.site, str(profile.sites), message.name]
	environment = processes.environment(profile)
	worker = subprocess.run(command, cwd=profile.sites, env=environment, capture_output=True, timeout=120)
	assert worker.returncode == -signal.SIGKILL, worker.stderr.decode()
	frappe.db.rollback()  # a new snapshot
	assert frappe.db.get_value("Message", message.name, "status") == "Failed"
	assert frappe.db.get_value("Message", message.name, "fallback_at") <= clock.now()

	for _twice in range(2):
		fallback.sweep()
	# The subscribers' turn comes late, too: the sweep of events finds what the killed worker left.
	(event,) = frappe.get_all(
		"Journey Event", {"message": message.name, "event": "message.failed"}, pluck="name"
	)
	events.dispatch(event)
	frappe.db.commit()
	assert followers(message) == [{"channel": "Email", "recipient": "anna@example.org"}]
