"""Sending what the outbox holds: at least once from the table, once in effect by the provider's key.

A message is claimed by moving `next_attempt_at` ahead and committing; a worker that dies leaves it to the
sweep of the next minute after the lease. Whether it may go is decided once more just before it goes: a
withdrawal acts at once.
"""

import json
from dataclasses import replace
from datetime import timedelta

import frappe
from frappe.model.document import Document

from lab_crm.journey import events
from lab_crm.messaging import addressee, providers, rate, sealed, settings
from lab_crm.messaging.addressee import explain
from lab_crm.messaging.decide import decide
from lab_crm.messaging.providers.base import Attachment, DeliveryError, Outgoing
from lab_crm.utils import clock

QUEUE = "messages"
LEASE = timedelta(minutes=5)
# Pauses after the first, second… failure; after the last one the message is given up and shown to staff.
BACK_OFF = tuple(timedelta(seconds=seconds) for seconds in (30, 120, 600, 3600, 6 * 3600, 12 * 3600))
BATCH = 100
MAX_BATCHES = 200


def enqueue(message: str) -> None:
	"""Have a worker send one message after the current transaction commits."""
	frappe.enqueue(
		"lab_crm.messaging.delivery.deliver", queue=QUEUE, enqueue_after_commit=True, message=message
	)


def sweep() -> None:
	"""Have a worker send what is due (scheduler, every minute): put off, failed before or without a job."""
	if frappe.db.exists("Message", {"status": "Queued", "next_attempt_at": ("<=", clock.now())}):
		drain_job = "lab_crm.messaging.delivery.drain"
		frappe.enqueue(drain_job, queue=QUEUE, job_id="lab_crm_messages_drain", deduplicate=True)


def deliver(message: str) -> None:
	"""Send one message if it is due and nobody else has claimed it."""
	if _claim([message]):
		_send(message)


def drain() -> int:
	"""Send everything due, oldest first; return how many messages were tried."""
	tried = 0
	for _batch in range(MAX_BATCHES):
		names = _claim()
		if not names:
			break
		for name in names:
			_send(name)
		tried += len(names)
	return tried


def _claim(names: list[str] | None = None) -> list[str]:
	"""Take due messages for this worker; others skip the locked rows and, after the commit, the lease."""
	message = frappe.qb.DocType("Message")
	query = (
		frappe.qb.from_(message)
		.select(message.name)
		.where((message.status == "Queued") & (message.next_attempt_at <= clock.now()))
		.orderby(message.next_attempt_at)
		.limit(BATCH)
		.for_update(skip_locked=True)
	)
	claimed = (query.where(message.name.isin(names)) if names else query).run(pluck=True)
	if claimed:
		(
			frappe.qb.update(message)
			.set(message.next_attempt_at, clock.now() + LEASE)
			.set(message.attempts, message.attempts + 1)
			.where(message.name.isin(claimed))
		).run()
	frappe.db.commit()
	return claimed


def _send(name: str) -> None:
	"""Send one claimed message in a transaction of its own."""
	doc = frappe.get_doc("Message", name)
	try:
		if _still_allowed(doc):
			_hand_over(doc)
	except DeliveryError as error:
		_failed(doc, str(error), error.permanent)
	except Exception:
		# One poisonous message must not hold back the rest of the batch.
		frappe.db.rollback()
		frappe.log_error(f"Message {name}", frappe.get_traceback(), "Message", name)
		_failed(doc, frappe.get_traceback().strip().rsplit("\n", 1)[-1], permanent=False)
	frappe.db.commit()


def _still_allowed(doc: Document) -> bool:
	"""Decide again on today's consents, channel, card and clock; suppress or put off what may not go now."""
	channel = frappe.get_cached_doc("Message Channel", doc.channel)
	rules = settings.policy()
	if doc.patient:
		person = addressee.of_patient(doc.patient, rules)
	else:
		person = addressee.of_address(channel.kind, doc.recipient)
	# Its own row is among the recent ones: caps and repetition were decided when it was written.
	person = replace(person, addresses={channel.kind: doc.recipient}, recent=())
	facts = addressee.facts(person, doc, channel, doc.body, clock.now(), rules)
	useless_after = person.local(doc.expires_at) if doc.expires_at else None
	decision = decide(
		replace(facts, useless_after=useless_after), replace(rules, marketing_cap=1, service_cap=1)
	)
	if not decision.allowed:
		_suppressed(doc, decision)
	elif decision.not_before:
		_put_off(doc, clock.from_aware(decision.not_before))
	elif not rate.take(channel.name, channel.rate_per_minute):
		_put_off(doc, rate.next_window(clock.now()))
	else:
		return True
	return False


def _hand_over(doc: Document) -> None:
	body = doc.body
	if sealed.MASK in body:
		body = sealed.reveal(doc.name)
		if body is None:
			raise DeliveryError("its secret text has expired", permanent=True)
	parts = tuple(Attachment(**part) for part in json.loads(doc.attachments or "[]"))
	outgoing = Outgoing(doc.name, doc.event, doc.recipient, body, doc.subject or "", doc.attempts, parts)
	provider = frappe.get_cached_value("Message Channel", doc.channel, "provider")
	provider_id = providers.get(provider).send(outgoing)
	sealed.forget(doc.name)
	_record(
		doc,
		"message.sent",
		{"status": "Sent", "sent_at": clock.now(), "provider_id": provider_id, "error": None},
	)


def _suppressed(doc: Document, decision) -> None:
	fields = {"status": "Suppressed", "reason_code": decision.reason_code, "decision": explain(decision)}
	_record(doc, "message.suppressed", fields, reason=decision.reason_code)


def _put_off(doc: Document, until) -> None:
	# No provider was asked, so this was no attempt.
	doc.db_set({"next_attempt_at": until, "scheduled_at": until, "attempts": doc.attempts - 1})


def _failed(doc: Document, error: str, permanent: bool) -> None:
	if permanent or doc.attempts > len(BACK_OFF):
		_record(doc, "message.failed", {"status": "Failed", "error": error[:500]}, error=error[:140])
		return
	due = clock.now() + BACK_OFF[doc.attempts - 1]
	doc.db_set({"next_attempt_at": due, "error": error[:500]})


def _record(doc: Document, event: str, fields: dict, **details) -> None:
	doc.db_set(fields)
	events.emit(event, message=doc.name, patient=doc.patient, about=doc.event, channel=doc.channel, **details)
