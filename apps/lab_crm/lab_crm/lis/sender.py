"""Sending what the outbox holds: at least once from the table, once in effect by the control ID.

A message is claimed by moving `next_attempt_at` ahead and committing, so no two workers send it; a worker
that dies leaves it to the sweep after the lease. Of one order only the oldest unfinished message may go.
"""

import random
import time
from datetime import datetime, timedelta

import frappe
from frappe import _
from frappe.model.document import Document

from lab_crm.lis import answers
from lab_crm.lis.hl7 import encoding
from lab_crm.lis.identity import OUT
from lab_crm.lis.language import speak_to_staff
from lab_crm.lis.mllp import Link, LinkError, Unreachable
from lab_crm.utils import clock

QUEUE = "lis"
SEND_DUE = "lab_crm.lis.sender.send_due"
# Pauses after the first, second… failure: 30 s, 1 min, 2 min … at most 8 h, each a little longer or shorter.
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=8)
JITTER = 0.2
LEASE_MARGIN = timedelta(seconds=60)  # over the time the LIS has to answer
RUN_SECONDS = 100  # after which a run hands over to the next; the queue's jobs may take 300
MOST_SILENCES = 2  # in a row after which the rest waits
HEADS = 20  # candidates looked at together


def enqueue(connection: str) -> None:
	"""Have a worker send what is due on a connection after the current transaction commits."""
	frappe.enqueue(SEND_DUE, queue=QUEUE, enqueue_after_commit=True, connection=connection)


def sweep() -> None:
	"""Have a worker send what is due (scheduler, every minute): put off, failed before or without a job."""
	due = {"direction": OUT, "status": "Queued", "next_attempt_at": ("<=", clock.now())}
	for connection in frappe.get_all("LIS Message", filters=due, distinct=True, pluck="connection"):
		frappe.enqueue(
			SEND_DUE, queue=QUEUE, job_id=f"lab_crm_lis_{connection}", deduplicate=True, connection=connection
		)


def send_due(connection: str) -> int:
	"""Send what is due on a connection, the oldest first; return how many messages were tried.

	Ends when nothing is due, the LIS cannot be reached or keeps silent, or the run has lasted long enough.
	"""
	speak_to_staff()
	profile = frappe.get_doc("LIS Connection", connection)
	ends = time.monotonic() + RUN_SECONDS
	tried = silences = 0
	with Link(profile.host, profile.port, profile.ack_timeout_seconds, profile.encoding) as link:
		while silences < MOST_SILENCES and (name := _claim(profile)):
			tried += 1
			try:
				_send(name, link)
				silences = 0
			except Unreachable as error:
				_failed(name, profile, error)
				break
			except LinkError as error:
				_failed(name, profile, error)
				silences += 1
			if time.monotonic() > ends:
				enqueue(connection)
				frappe.db.commit()
				break
	return tried


def pause_after(attempts: int) -> timedelta:
	"""Return how long a message waits after its `attempts`-th failure."""
	pause = min(FIRST_PAUSE * 2 ** min(attempts - 1, 20), LONGEST_PAUSE)
	return pause * random.uniform(1 - JITTER, 1 + JITTER)


def _claim(profile: Document) -> str | None:
	"""Take the next message for this worker; None when nothing is due or sending is switched off."""
	switches = frappe.db.get_value("LIS Connection", profile.name, ["enabled", "is_paused"], as_dict=True)
	if switches.enabled and not switches.is_paused:
		for name in _heads(profile.name, clock.now()):
			if _take(name, timedelta(seconds=profile.ack_timeout_seconds) + LEASE_MARGIN):
				return name
	frappe.db.rollback()  # so that the next look is a fresh one
	return None


def _heads(connection: str, now: datetime) -> list[str]:
	"""Return due messages with no unfinished message of their order before them, oldest first."""
	message = frappe.qb.DocType("LIS Message").as_("message")
	before = frappe.qb.DocType("LIS Message").as_("before")
	older = (before.creation < message.creation) | (
		(before.creation == message.creation) & (before.name < message.name)
	)
	same = (before.lab_order == message.lab_order) & (before.connection == message.connection)
	unfinished = (before.direction == OUT) & before.status.isin(("Queued", "Failed"))
	return (
		frappe.qb.from_(message)
		.left_join(before)
		.on(same & unfinished & older)
		.select(message.name)
		.where((message.direction == OUT) & (message.status == "Queued") & (message.connection == connection))
		.where((message.next_attempt_at <= now) & before.name.isnull())
		.orderby(message.creation)
		.orderby(message.name)
		.limit(HEADS)
		.run(pluck=True)
	)


def _take(name: str, lease: timedelta) -> bool:
	"""Claim one message unless another worker has it; clears its error: an attempt is under way."""
	message = frappe.qb.DocType("LIS Message")
	due = (message.status == "Queued") & (message.next_attempt_at <= clock.now())
	free = (
		frappe.qb.from_(message)
		.select(message.name)
		.where((message.name == name) & due)
		.for_update(skip_locked=True)
		.run()
	)
	if free:
		(
			frappe.qb.update(message)
			.set(message.next_attempt_at, clock.now() + lease)
			.set(message.attempts, message.attempts + 1)
			.set(message.error, None)
			.where(message.name == name)
		).run()
	frappe.db.commit()
	return bool(free)


def _send(name: str, link: Link) -> None:
	"""Send one claimed message and record the answer, in one transaction.

	Raises:
		LinkError: it was not answered.
	"""
	doc = frappe.get_doc("LIS Message", name)
	answer = link.ask(encoding.encode(doc.raw, doc.charset or encoding.UTF8), doc.control_id)
	answers.take(name, answer, peer=f"{link.host}:{link.port}")
	frappe.db.commit()
	_revive(doc.connection)
	frappe.db.commit()


def _revive(connection: str) -> None:
	"""The LIS is back: what could not reach it need not wait out its pause.

	An attempt under way has no error yet, so it is left alone.
	"""
	message = frappe.qb.DocType("LIS Message")
	unreached = message.peer.isnull() & message.error.isnotnull() & (message.next_attempt_at > clock.now())
	waiting = (message.status == "Queued") & (message.direction == OUT) & unreached
	query = frappe.qb.from_(message).select(message.name).where(waiting & (message.connection == connection))
	# Looked up first: an update of a range would lock the rows of other workers.
	if names := query.orderby(message.name).run(pluck=True):
		update = frappe.qb.update(message).set(message.next_attempt_at, clock.now())
		update.where(message.name.isin(names) & waiting).run()


def _failed(name: str, profile: Document, error: LinkError) -> None:
	"""Put a message off, or give it up to people after too many attempts."""
	frappe.db.rollback()
	doc = frappe.get_doc("LIS Message", name, for_update=True)
	if doc.status != "Queued":
		return  # its answer came by the listener meanwhile
	unreachable = isinstance(error, Unreachable)
	text = _("The LIS cannot be reached: {0}") if unreachable else _("The LIS did not answer: {0}")
	values = {"error": text.format(error), "peer": None if unreachable else f"{profile.host}:{profile.port}"}
	if doc.attempts >= profile.max_attempts:
		values["status"] = "Failed"
	else:
		values["next_attempt_at"] = clock.now() + pause_after(doc.attempts)
	doc.db_set(values, notify=True)
	frappe.db.commit()
