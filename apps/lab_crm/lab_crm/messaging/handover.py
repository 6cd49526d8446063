"""Handing claimed messages of one channel to its provider.

Whether a message may go is decided once more just before it goes: a withdrawal acts at once.
"""

import json
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import Any

import frappe
from frappe.utils import get_url
from rq.timeouts import BaseTimeoutException

from lab_crm.messaging import (
	addressee,
	claims,
	links,
	outcomes,
	providers,
	rate,
	sealed,
	settings,
	standing_in,
)
from lab_crm.messaging.decide import Decision, Policy, decide
from lab_crm.messaging.providers import log
from lab_crm.messaging.providers.base import Attachment, DeliveryError, Outgoing, Provider, Sent
from lab_crm.utils import clock, tokens

# So many are decided, marked in flight and recorded together; those that may not be repeated go one by one.
CHUNK = 100
# To others' servers they go by less: as long as so many time-outs at most, nobody else's message moves.
ROUNDS = 5
REPORT_TOKEN, REPORT_DAYS = "message_report", 10
# Hooks whose reports are known by the token that went with the message.
SIGNED_REPORTS = {"smsaero": "lab_crm.api.messaging.smsaero", "push": "lab_crm.api.push.arrived"}
# So many failures in a row, and not one success: the provider is asleep, and the rest waits.
TOO_MANY_FAILURES = 5


def send_all(rows: Iterable[Any]) -> None:
	"""Send claimed messages, channel by channel."""
	by_channel = sorted(rows, key=lambda row: row.channel)
	for channel, of_channel in groupby(by_channel, key=lambda row: row.channel):
		_send_by(channel, list(of_channel))


def _send_by(channel: str, rows: list[Any]) -> None:
	provider = providers.of_channel(channel)
	size = _chunk(provider)
	try:
		failures = 0
		for start in range(0, len(rows), size):
			chunk = rows[start : start + size]
			if failures >= TOO_MANY_FAILURES:
				rate.rest(channel)
			if rate.is_resting(channel):
				_wait(chunk)
				continue
			took, refused = _send_chunk(channel, provider, chunk)
			failures = 0 if took else failures + refused
	finally:
		provider.close()


def _chunk(provider: Provider) -> int:
	if not provider.repeatable:
		return 1
	return CHUNK if provider.is_near else ROUNDS * provider.at_once


def _wait(rows: list[Any]) -> None:
	for row in rows:
		outcomes.put_off(row, rate.end_of_rest(clock.now()))
	frappe.db.commit()


def _send_chunk(channel: str, provider: Provider, rows: list[Any]) -> tuple[int, int]:
	"""Return how many were taken and how many failed in a way that another may."""
	going = _flying(provider, claims.begin(list(_allowed(channel, rows))))
	price = frappe.get_cached_value("Message Channel", channel, "price")
	taken, refused = [], 0
	for row, answer in _answers(provider, going):
		if isinstance(answer, Sent):
			taken.append((row, answer))
		else:
			refused += not answer.permanent
			outcomes.failed(row, answer, provider.repeatable)
	outcomes.sent(taken, price)
	log.store(provider.exchanges)
	provider.exchanges.clear()
	frappe.db.commit()
	for row, _answer in taken:
		if sealed.MASK in row.body:
			sealed.forget(row.name)
	return len(taken), refused


def _allowed(channel: str, rows: list[Any]) -> Iterator[Any]:
	"""Decide again on today's consents, channel, cards and clock; suppress or put off what may not go now."""
	frappe.db.commit()  # a new view of the data: what was withdrawn a second ago must be seen
	rules = settings.policy()
	row_of_channel = frappe.get_cached_doc("Message Channel", channel)
	patients = {row.patient for row in rows if row.patient}
	people = addressee.of_patients(patients)
	_readdress(rows, row_of_channel.kind, people)
	for row in rows:
		person = people.get(row.patient) or addressee.of_address(row_of_channel.kind, row.recipient)
		needless = standing_in.needless(row) if row.replaces else None
		decision = decide_again(row, row_of_channel, person, rules, clock.now(), needless)
		if not decision.allowed:
			outcomes.suppressed(row, decision)
		elif decision.not_before:
			outcomes.put_off(row, clock.from_aware(decision.not_before), patient_rests=True)
		elif not rate.take(channel, row_of_channel.rate_per_minute):
			outcomes.put_off(row, rate.next_window(clock.now()))
		else:
			yield row
	frappe.db.commit()


def _readdress(rows: list[Any], kind: str, people: dict[str, addressee.Addressee]) -> None:
	"""Bring the recipients of patients' messages to what their cards and their own switches say today: none,
	where a chat was left."""
	is_on_card = kind in links.ON_CARD
	ways = set() if is_on_card else links.open_ways(people.keys(), kind)
	for row in rows:
		if row.patient not in people:
			continue
		if is_on_card:
			today = people[row.patient].addresses[kind]
		else:
			# A patient's browsers are reached by the patient's name, which merging cards may have changed.
			known = row.patient if kind == "Push" else row.recipient
			today = known if (row.patient, known) in ways else ""
		if today and today != row.recipient:
			frappe.db.set_value("Message", row.name, "recipient", today, update_modified=False)
		row.recipient = today


def decide_again(
	row: Any,
	channel: Any,
	person: addressee.Addressee,
	rules: Policy,
	moment: datetime,
	needless: str | None = None,
) -> Decision:
	"""Decide about a message that was allowed once.

	Args:
		row: fields of the Message, `claims.DECIDED` at least.
		channel: its Message Channel.
		person: whom it goes to, as known now.
		rules: the house's rules.
		moment: stored time of sending.
		needless: why nobody needs it any more, if so.
	"""
	# Its own row is among the recent ones: caps and repetition were decided when it was written.
	person = replace(person, addresses={channel.kind: row.recipient}, recent=())
	facts = addressee.facts(person, row, channel, row.body, moment, rules)
	useless_after = person.local(row.expires_at) if row.expires_at else None
	facts = replace(facts, useless_after=useless_after, needless=needless)
	return decide(facts, replace(rules, marketing_cap=1, service_cap=1))


def _flying(provider: Provider, rows: list[Any]) -> list[tuple[Any, Outgoing | DeliveryError]]:
	return [(row, _outgoing(provider, row)) for row in rows]


def _outgoing(provider: Provider, row: Any) -> Outgoing | DeliveryError:
	"""Return what the provider gets, or why it gets nothing."""
	if row.in_flight and not provider.repeatable:
		return DeliveryError("the sending was cut off", uncertain=True)
	body = row.body
	if sealed.MASK in body:
		body = sealed.reveal(row.name)
		if body is None:
			return DeliveryError("its secret text has expired", permanent=True)
	try:
		parts = tuple(Attachment(**part) for part in json.loads(row.attachments or "[]"))
	except (TypeError, ValueError) as error:
		return DeliveryError(f"its attachments cannot be read: {error}")
	created = clock.to_zone(row.creation, clock.site_zone()).timestamp()
	return Outgoing(
		row.name,
		row.event,
		row.recipient,
		body,
		row.subject or "",
		row.attempts,
		parts,
		uncertain=bool(row.in_flight),
		created=created,
		callback=_callback(provider, row.name),
		lifetime=_lifetime(row),
	)


def _lifetime(row: Any) -> int:
	"""Return for how many seconds it makes sense: until the next channel gets it, or until it is too late."""
	if row.fallback_at and row.wait_minutes:
		return row.wait_minutes * 60
	if row.expires_at:
		return max(int((row.expires_at - clock.now()).total_seconds()), 0)
	return Outgoing.lifetime


def _callback(provider: Provider, name: str) -> str:
	hook = SIGNED_REPORTS.get(provider.reports)
	if not hook:
		return ""
	token = tokens.issue(REPORT_TOKEN, name, REPORT_DAYS)
	return get_url(f"/api/method/{hook}?token={token}")


def _answers(provider: Provider, going: list[tuple[Any, Outgoing | DeliveryError]]):
	"""Yield each row with what the provider said: `Sent` or a `DeliveryError`."""
	yield from ((row, error) for row, error in going if isinstance(error, DeliveryError))
	ready = [(row, outgoing) for row, outgoing in going if isinstance(outgoing, Outgoing)]
	messages = [outgoing for _row, outgoing in ready]
	ask = partial(_ask, provider)
	answers = list(provider.threads.map(ask, messages) if provider.threads else map(ask, messages))
	for (row, _outgoing), answer in zip(ready, answers, strict=True):
		yield row, _understood(row, answer)


def _ask(provider: Provider, outgoing: Outgoing) -> Sent | Exception:
	try:
		return provider.send(outgoing)
	except BaseTimeoutException:
		raise  # the worker's time is up: it is no fault of the message
	except Exception as error:
		# One poisonous message must not hold back the rest; `_understood` records it.
		if provider.at_once == 1 and not isinstance(error, DeliveryError):
			frappe.db.rollback()
		return error


def _understood(row: Any, answer: Sent | Exception) -> Sent | DeliveryError:
	if isinstance(answer, Sent | DeliveryError):
		return answer
	frappe.log_error(f"Message {row.name}", "".join(traceback.format_exception(answer)), "Message", row.name)
	return DeliveryError(f"{type(answer).__name__}: {answer}", uncertain=True)
