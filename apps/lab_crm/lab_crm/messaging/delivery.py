"""Sending what the outbox holds: at least once from the table, once in effect by the provider's key.

A queued message rings a bell: at most one job waits at a time, and it sends everything that is due. A worker
that dies leaves its messages to the sweep of the next minute after the lease.
"""

import time

import frappe

from lab_crm.messaging import claims, handover
from lab_crm.utils import clock

QUEUE = "messages"
DRAIN = "lab_crm.messaging.delivery.drain"
BELL, BELL_SECONDS = "lab_crm:messages_bell", 60
# A job ends well before its queue's time-out; what is left rings again.
DRAIN_SECONDS = 120


def enqueue() -> None:
	"""Have a worker send what is due, after the current transaction commits."""
	frappe.db.after_commit.add(ring)


def ring() -> None:
	"""Have a worker send what is due, unless a job for that is already waiting to begin."""
	if frappe.cache.set(frappe.cache.make_key(BELL), 1, nx=True, ex=BELL_SECONDS):
		frappe.enqueue(DRAIN, queue=QUEUE)


def sweep() -> None:
	"""Have a worker send what is due (scheduler, every minute): put off, failed before or without a job."""
	if frappe.db.exists("Message", {"status": "Queued", "next_attempt_at": ("<=", clock.now())}):
		ring()


def deliver(message: str) -> None:
	"""Send one message if it is due and nobody else has claimed it."""
	handover.send_all(claims.take([message]))


def drain() -> int:
	"""Send everything due, oldest first, answers before all; return how many messages were tried."""
	# Before the first look: whoever writes from now on rings again.
	frappe.cache.delete(frappe.cache.make_key(BELL))
	tried, ends = 0, time.monotonic() + DRAIN_SECONDS
	while rows := claims.take(answers=True) or claims.take(answers=False):
		handover.send_all(rows)
		tried += len(rows)
		if time.monotonic() > ends:
			ring()
			break
	return tried
