"""What became of a message, written down: in few statements, because thousands go at a time."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

import frappe
from frappe import _

from lab_crm.journey import events
from lab_crm.messaging.addressee import explain
from lab_crm.messaging.decide import UNREACHABLE, Decision
from lab_crm.messaging.providers.base import DeliveryError, Sent
from lab_crm.utils import bulk, clock

# Pauses after the first, second… failure; after the last one the message is given up and shown to staff.
BACK_OFF = tuple(timedelta(seconds=seconds) for seconds in (30, 120, 600, 3600, 6 * 3600, 12 * 3600))


def sent(pairs: Sequence[tuple[Any, Sent]], price: float) -> None:
	"""Record messages that a provider has taken.

	Args:
		pairs: claimed rows with the provider's answers.
		price: of one part on this channel, for answers without a cost.
	"""
	now = clock.now()
	same = {"status": "Sent", "sent_at": now, "modified": now, "error": None, "in_flight": 0}
	for lease, of_lease in groupby(pairs, key=lambda pair: pair[0].lease):
		own = {
			row.name: {
				"provider_id": answer.provider_id[:140],
				"cost": _cost(row, answer, price),
				"fallback_at": _patience(row, now),
			}
			for row, answer in of_lease
		}
		bulk.update("Message", own, same, {"status": "Queued", "next_attempt_at": lease})
	_tell("message.sent", [row for row, _answer in pairs])


def _patience(row: Any, since: datetime) -> datetime | None:
	"""Return until when word of the message's arrival is waited for; None: no word is expected."""
	return since + timedelta(minutes=row.wait_minutes) if row.fallback_at and row.wait_minutes else None


def _cost(row: Any, answer: Sent, price: float) -> Decimal:
	return answer.cost if answer.cost is not None else Decimal(str(price or 0)) * max(row.segments or 0, 1)


def failed(row: Any, error: DeliveryError, repeatable: bool) -> bool:
	"""Record a failure: another attempt after a pause, or none; tell whether it was the last.

	Args:
		row: the claimed row.
		error: what the provider said.
		repeatable: an attempt whose outcome is unknown may be repeated without a second effect.
	"""
	lost_for_good = error.uncertain and not repeatable
	if error.permanent or lost_for_good or row.attempts > len(BACK_OFF):
		text = _unknown(error) if lost_for_good else str(error)
		# Sent again by staff, it is looked up first wherever that can be done.
		kept = int(error.uncertain and repeatable)
		next_channel = clock.now() if row.falls_back else None
		fields = {"status": "Failed", "error": text[:500], "in_flight": kept, "fallback_at": next_channel}
		_set(row, fields)
		_tell("message.failed", [row], error=text[:140])
		return True
	due = clock.now() + BACK_OFF[row.attempts - 1]
	fields = {"next_attempt_at": due, "error": str(error)[:500], "in_flight": int(error.uncertain)}
	_set(row, fields)
	return False


def suppressed(row: Any, decision: Decision) -> None:
	"""Record that a message may not go any more, and why."""
	is_unreachable = decision.reason_code in UNREACHABLE
	fields = {"status": "Suppressed", "reason_code": decision.reason_code, "decision": explain(decision)}
	_set(row, {**fields, "fallback_at": clock.now() if row.falls_back and is_unreachable else None})
	_tell("message.suppressed", [row], reason=decision.reason_code)


def put_off(row: Any, until: datetime, patient_rests: bool = False) -> None:
	"""Have a message wait; no provider was asked, so this was no attempt.

	Args:
		row: the claimed row.
		until: stored time of the next look.
		patient_rests: it waits for the end of the quiet hours, and so does the next channel.
	"""
	fields = {"next_attempt_at": until, "scheduled_at": until, "attempts": row.attempts - 1}
	if patient_rests:
		fields["fallback_at"] = _patience(row, until)
	_set(row, {**fields, "in_flight": row.in_flight})


def _unknown(error: DeliveryError) -> str:
	"""Warn staff, in their language, to ask the patient before they send again."""
	language = frappe.get_system_settings("language")
	return _("It may have arrived: {0}", language).format(error)


def _set(row: Any, fields: dict[str, Any]) -> None:
	"""Change a message while it is ours: a report may have been quicker, or another worker has it."""
	message = frappe.qb.DocType("Message")
	query = frappe.qb.update(message).set(message.modified, clock.now())
	for field, value in {"in_flight": 0, **fields}.items():
		query = query.set(message[field], value)
	ours = (message.status == "Queued") & (message.next_attempt_at == row.lease)
	query.where((message.name == row.name) & ours).run()


def _tell(event: str, rows: Sequence[Any], **details: Any) -> None:
	events.emit_many(
		event,
		[
			{
				"message": row.name,
				"patient": row.patient,
				"about": row.event,
				"channel": row.channel,
				**details,
			}
			for row in rows
		],
	)
