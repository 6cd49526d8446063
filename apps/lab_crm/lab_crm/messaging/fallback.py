"""The next channel, when a message did not arrive: once, after the one before has ended, and decided anew.

A message whose way may be followed by another carries `fallback_at`: the moment at which the next channel is
due. It is set in the same statement as the failure or the sending it follows from, so nothing is lost between
the two; the follower's idempotency key is made of the message it stands in for, so it is made once.
"""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document

from lab_crm.journey import events
from lab_crm.messaging import addressee, outbox, settings, standing_in
from lab_crm.messaging.addressee import Addressee
from lab_crm.messaging.claims import LEASE
from lab_crm.messaging.decide import Policy, end_of_quiet
from lab_crm.messaging.outbox import Draft, StandIn
from lab_crm.messaging.vocabulary import RELATIVE
from lab_crm.utils import clock

# An answer to what the patient has done so long ago is none: quiet hours and caps hold it back again.
ANSWERS_WITHIN = timedelta(minutes=30)
AT_ONCE = 200
AFTER_A_FAULT = timedelta(minutes=10)
KEPT = ("event", "patient", "context", "attachments", "expires_at", "reference_doctype", "reference_name")


def failed(event) -> None:
	"""Give a message that failed to the next channel at once.

	Args:
		event: the Journey Event `message.failed` or `message.suppressed`.
	"""
	follow(event.message, tell=False)


def sweep() -> int:
	"""Give every message whose patience has ended to the next channel (scheduler, every minute).

	Returns:
		How many followers were made.
	"""
	message = frappe.qb.DocType("Message")
	due = frappe.qb.from_(message).select(message.name).where(message.fallback_at <= clock.now())
	names = due.orderby(message.fallback_at).limit(AT_ONCE).run(pluck=True)
	return sum(_follow_alone(name) for name in names)


def goes_on(message: str) -> bool:
	"""Tell whether a message that failed is not lost yet: another channel has it, or will."""
	if frappe.db.get_value("Message", message, "fallback_at"):
		return True
	return bool(frappe.db.exists("Message", {"replaces": message, "status": ("!=", "Suppressed")}))


def follow(name: str, tell: bool = True) -> Document | None:
	"""Give a message that did not arrive to the next channel, if it is time and there is one.

	Args:
		name: the Message that did not arrive.
		tell: say so (`message.undelivered`) when a failed message has no other channel.

	Returns:
		The Message that stands in for it.
	"""
	message = frappe.get_doc("Message", name, for_update=True)
	if not _is_due(message):
		return None
	why = _reason(message)
	draft, moment, values = _choose(message)
	if not draft.is_reachable or (message.status == "Queued" and not draft.decision.allowed):
		message.db_set("fallback_at", None)
		if tell and message.status in ("Failed", "Suppressed"):
			_tell("message.undelivered", message)
		return None
	if message.status == "Queued":
		_give_up(message, why)
	message.db_set("fallback_at", None)
	fields = {field: message.get(field) for field in KEPT}
	fields |= {"replaces": name, "idempotency_key": f"instead:{name}"}
	fields["route"] = _("Instead of {0} by {1}: {2}", _language()).format(name, message.channel, why)
	return outbox.write(draft, fields, moment, values)


def _follow_alone(name: str) -> bool:
	"""Follow in a transaction of its own: a fault of one must not hold up the others."""
	try:
		made = follow(name)
	except Exception:
		frappe.db.rollback()
		frappe.log_error(title=f"Message {name}: next channel", message=frappe.get_traceback())
		frappe.db.set_value("Message", name, "fallback_at", clock.now() + AFTER_A_FAULT)
		made = None
	frappe.db.commit()
	return made is not None


def _is_due(message: Document) -> bool:
	now = clock.now()
	if not message.context or not message.fallback_at or message.fallback_at > now:
		return False
	if message.status != "Queued":
		return message.status in ("Failed", "Suppressed", "Sent")
	# Within a lease a worker may be handing it over this very moment.
	return message.next_attempt_at <= now or message.next_attempt_at > now + LEASE


def _reason(message: Document) -> str:
	if message.status == "Failed":
		return message.error or _("not delivered", _language())
	if message.status == "Suppressed":
		return message.decision
	return _("no word of its arrival in {0} min", _language()).format(message.wait_minutes)


def _choose(message: Document) -> tuple[Draft, datetime, dict[str, Any]]:
	rules = settings.policy()
	kept = json.loads(message.context)
	before = standing_in.chain(message.name)
	person = addressee.of_patient(message.patient, rules, kept.get("zone"))
	# The patient got none of those it stands in for: they use up no cap.
	person = replace(person, recent=tuple(row for row in person.recent if row.name not in before))
	now = clock.now()
	written = frappe.db.get_value("Message", before[-1], "creation")
	values = _values(kept["values"], written, person, rules)
	values = {**settings.signature(), "patient_name": person.name, **values}
	draft = outbox.choose(
		message.event,
		person,
		values,
		now,
		rules,
		expires_at=message.expires_at,
		standing_in=StandIn(_tried(before), _needless(message), written < now - ANSWERS_WITHIN),
	)
	return draft, now, values


def _values(values: dict[str, str], written: datetime, person: Addressee, rules: Policy) -> dict[str, str]:
	"""Return the values of the first text, without "tomorrow" when it would be read on another day.

	Args:
		values: of the first message of the chain, written at the stored time `written`.
	"""
	local = person.local(clock.now())
	leaves = end_of_quiet(local, rules) or local
	if leaves.date() == person.local(written).date():
		return values
	values = {key: value for key, value in values.items() if key not in RELATIVE}
	return {**values, "day": values.get("date", "")}


def _tried(chain: list[str]) -> frozenset[str]:
	return frozenset(frappe.get_all("Message", {"name": ("in", chain)}, pluck="channel"))


def _needless(message: Document) -> str | None:
	row = frappe._dict({field: message.get(field) for field in KEPT}, replaces=message.name)
	return standing_in.needless(row)


def _give_up(message: Document, why: str) -> None:
	"""End a message that still waits for its turn; whoever might hold it finds it gone."""
	message.db_set({"status": "Failed", "error": why, "in_flight": 0})
	_tell("message.failed", message)


def _tell(event: str, message: Document) -> None:
	events.emit(
		event, message=message.name, patient=message.patient, about=message.event, channel=message.channel
	)


def _language() -> str:
	return frappe.get_system_settings("language")
