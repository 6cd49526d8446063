"""`messages_send`: ten thousand queued messages into a local HTTP gateway, by one worker.

The baseline is the gateway's own rate: the same requests from as many connections, with nothing around them.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import local

import frappe
import requests

from lab_crm.demo.bench.measure import Figure, compared
from lab_crm.demo.gateway import SECRET
from lab_crm.demo.network import insert
from lab_crm.messaging import claims, delivery, handover
from lab_crm.messaging.providers.smsc import SmscProvider
from lab_crm.privacy import consents
from lab_crm.utils import clock
from lab_crm.utils.names import random_name

MESSAGES, PATIENTS, PROBES = 10_000, 500, 3000
CHANNEL = "Замер отправки"
LAST_NAME = "Рассылочная-Замер"
TEXT = "Напоминаем: завтра в 08:30 ждём вас, Примерная ул., 15. Возьмите паспорт. Замер {0}"


def send() -> Iterator[Figure]:
	"""Measure messages a second of one worker, and count what the gateway got."""
	with _gateway() as url:
		_open_channel(url)
		sink = _probe(url)
		before = requests.get(url, timeout=10).json()["taken"]
		# The bell is held, so that the bench's own worker does not help.
		frappe.cache.set(frappe.cache.make_key(delivery.BELL), 1, ex=600)
		_queue(_patients())
		began = time.perf_counter()
		while rows := claims.take(answers=True):
			handover.send_all(rows)
		took = time.perf_counter() - began
		frappe.cache.delete(frappe.cache.make_key(delivery.BELL))
		got = requests.get(url, timeout=10).json()
	sent = frappe.db.count("Message", {"channel": CHANNEL, "status": "Sent"})
	taken, twice = got["taken"] - before, got["taken"] - got["different"]
	note = f"one worker; gateway got {taken}, twice {twice}, recorded as sent {sent}; baseline: the gateway"
	yield compared("messages_send", "1/s", MESSAGES / took, sink, ">= 200/s", MESSAGES, note)
	frappe.db.delete("Message", {"channel": CHANNEL})
	frappe.db.commit()


@contextmanager
def _gateway() -> Iterator[str]:
	server = subprocess.Popen(
		[sys.executable, "-m", "lab_crm.demo.gateway"], stdout=subprocess.PIPE, text=True
	)
	try:
		yield server.stdout.readline().strip()
	finally:
		server.terminate()
		server.wait(10)


def _open_channel(url: str) -> None:
	known = frappe.db.exists("Message Channel", CHANNEL)
	doc = frappe.get_doc("Message Channel", CHANNEL) if known else frappe.new_doc("Message Channel")
	doc.update({"channel_name": CHANNEL, "kind": "SMS", "provider": "smsc", "rate_per_minute": 0})
	doc.update({"base_url": url, "secret": SECRET})
	doc.save()
	frappe.db.commit()


def _probe(url: str) -> float:
	"""Return how many requests a second the gateway answers."""
	own = local()

	def ask(number: int) -> None:
		if not hasattr(own, "session"):
			own.session = requests.Session()
		fields = {"apikey": SECRET, "phones": "79000000000", "mes": TEXT.format(number), "id": -number - 1}
		own.session.post(f"{url}/sys/send.php", data=fields, timeout=10).raise_for_status()

	with ThreadPoolExecutor(SmscProvider.at_once) as pool:
		began = time.perf_counter()
		list(pool.map(ask, range(PROBES)))
		return PROBES / (time.perf_counter() - began)


def _patients() -> list[str]:
	"""Return patients who agreed to service messages; made once."""
	known = frappe.get_all("Patient", {"last_name": LAST_NAME}, pluck="name", limit=PATIENTS)
	for number in range(len(known), PATIENTS):
		facts = {"last_name": LAST_NAME, "first_name": "Проба", "birth_date": "1980-01-01", "sex": "Female"}
		patient = insert("Patient", **facts, mobile=f"+7900000{number:04d}").name
		consents.give(patient, consents.SERVICE, "замер")
		known.append(patient)
	frappe.db.commit()
	return known


def _queue(patients: list[str]) -> None:
	"""Write the messages as the outbox leaves them: due now, as answers, so that no quiet hours hold them."""
	now = clock.now()
	fields = {
		"creation": now,
		"modified": now,
		"status": "Queued",
		"channel": CHANNEL,
		"event": "booking.reminder",
		"purpose": consents.SERVICE,
		"is_answer": 1,
		"next_attempt_at": now,
		"segments": 2,
	}
	rows = [
		(
			random_name("MSG"),
			patients[number % len(patients)],
			f"+7900000{number % len(patients):04d}",
			TEXT.format(number),
			*fields.values(),
		)
		for number in range(MESSAGES)
	]
	frappe.db.bulk_insert("Message", ("name", "patient", "recipient", "body", *fields), rows)
	frappe.db.commit()
