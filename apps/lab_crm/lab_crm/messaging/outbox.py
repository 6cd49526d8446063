"""The outbox: every message is first a row, written in the transaction of the change it reports.

`queue` decides, writes and, after commit, lets a worker send (`delivery.py`). What may not be sent is written
too, with the reason.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import frappe
from frappe.model.document import Document

from lab_crm.journey import events
from lab_crm.messaging import addressee, delivery, links, providers, sealed, settings, sms, text
from lab_crm.messaging.addressee import Addressee
from lab_crm.messaging.decide import UNREACHABLE, Decision, Policy, decide
from lab_crm.messaging.vocabulary import EVENTS
from lab_crm.utils import clock
from lab_crm.utils.once import insert_once

Reference = Document | tuple[str, str] | None

TEMPLATE_COLUMNS = [
	"name",
	"channel",
	"purpose",
	"subject",
	"body",
	"is_answer",
	"position",
	"on_failure",
	"wait_minutes",
	"version",
]


@dataclass(frozen=True)
class Draft:
	"""One possible message on one channel, and whether it may go.

	Args:
		skipped: drafts of the channels before it, which may not go.
	"""

	decision: Decision
	template: Any = None
	channel: Any = None
	recipient: str | None = None
	subject: str = ""
	body: str = ""
	skipped: tuple["Draft", ...] = ()

	@property
	def is_reachable(self) -> bool:
		"""There is a channel that the patient can be reached on, whether it may be used or not."""
		return self.decision.reason_code not in UNREACHABLE


@dataclass(frozen=True)
class StandIn:
	"""For a message that is to go by another channel than one before it.

	Args:
		tried: channels that have had it.
		needless: why nobody needs it any more, if so.
		is_late: it is no answer to what the patient has just done any more.
	"""

	tried: frozenset[str] = frozenset()
	needless: str | None = None
	is_late: bool = False


@dataclass(frozen=True)
class Notice:
	"""What is to be said to whom.

	Args:
		event: key of `vocabulary.EVENTS` (`booking.created`).
		patient: name of the Patient; None only together with `address`.
		context: values of the event's variables; `patient_name`, `clinic` and `clinic_phone` are added.
		reference: the document it is about, as a document or (doctype, name).
		channel: the only channel to use; None: the patient's preferred one, then in the order of the
			templates.
		attachments: `{"filename", "content", "content_type"}`, texts only (an .ics); emails carry them, SMS
			do not.
		send_after: stored (naive) time before which it does not leave.
		expires_at: stored time after which it has no sense and is suppressed.
		occasion: what makes a second message about the same reference a new one (the new start of a moved
			booking).
		zone: IANA zone of the branch, for quiet hours when the card has no zone.
		address: phone or email to use when there is no patient.
	"""

	event: str
	patient: str | None = None
	context: Mapping[str, Any] | None = None
	reference: Reference = None
	channel: str | None = None
	attachments: Sequence[Mapping[str, str]] | None = None
	send_after: datetime | None = None
	_: KW_ONLY
	expires_at: datetime | None = None
	occasion: str = ""
	zone: str | None = None
	address: str | None = None

	@property
	def key(self) -> str:
		"""The key by which the message is made once."""
		return idempotency_key(self.event, self.reference, self.occasion, self.channel)

	def fields(self) -> dict[str, Any]:
		"""Return the fields of the Message that do not depend on whether and how it goes."""
		files = json.dumps(list(self.attachments), ensure_ascii=False) if self.attachments else None
		return {
			"event": self.event,
			"patient": self.patient,
			"idempotency_key": self.key,
			"expires_at": self.expires_at,
			"attachments": files,
			"context": self._kept_values(),
			**_reference_fields(self.reference),
		}

	def _kept_values(self) -> str | None:
		"""Return what another channel's text would need; nothing where there can be none, or secrets."""
		if not self.patient or self.channel or (self.event in EVENTS and EVENTS[self.event].secret):
			return None
		values = {key: str(value) for key, value in (self.context or {}).items() if value not in (None, "")}
		return json.dumps({"values": values, "zone": self.zone}, ensure_ascii=False)


def queue(event: str, *given: Any, **named: Any) -> Document:
	"""Write a message about `event` and have it sent after the transaction commits.

	The same event, reference, occasion and channel make one message only: the unique `idempotency_key`
	decides, and a second call gives back the first Message, whatever became of it.

	Args:
		event, given, named: the fields of `Notice`.

	Returns:
		The Message: Queued, or Suppressed with `reason_code` and `decision`.

	Raises:
		ValueError: neither a reference nor an occasion, so that nothing would tell two messages apart; an
			address beside a patient, whose addresses are those of the card.
	"""
	notice = Notice(event, *given, **named)
	if notice.patient and notice.address:
		raise ValueError("a patient's address is the card's")
	if not notice.reference and not notice.occasion:
		raise ValueError("a message needs a reference or an occasion")
	known = frappe.db.get_value("Message", {"idempotency_key": notice.key})
	if known:
		return frappe.get_doc("Message", known)
	rules = settings.policy()
	person = _addressee(notice.patient, notice.address, notice.channel, rules, notice.zone)
	values = {**settings.signature(), "patient_name": person.name, **(notice.context or {})}
	moment = max(clock.now(), notice.send_after or clock.now())
	draft = choose(event, person, values, moment, rules, channel=notice.channel, expires_at=notice.expires_at)
	return write(draft, notice.fields(), moment, values)


def choose(
	event: str,
	person: Addressee,
	values: Mapping[str, Any],
	moment: datetime,
	rules: Policy,
	*,
	channel: str | None = None,
	expires_at: datetime | None = None,
	standing_in: StandIn | None = None,
) -> Draft:
	"""Return the first channel's draft that may go, else the refusal that says most.

	Args: as in `Notice`; `values` are all variables, `moment` the stored time of leaving.
	"""
	refused: list[Draft] = []
	standing_in = standing_in or StandIn()
	for template, row in _ways(event, person, channel):
		if row.name in standing_in.tried:
			continue
		template.is_answer = int(template.is_answer and not standing_in.is_late)
		body = text.render(template.body, values)
		facts = addressee.facts(person, template, row, body, moment, rules)
		facts = replace(
			facts,
			useless_after=person.local(expires_at) if expires_at else None,
			needless=standing_in.needless,
		)
		draft = _draft(decide(facts, rules), template, row, facts.recipient, body, values)
		if draft.decision.allowed:
			return replace(draft, skipped=tuple(refused))
		refused.append(draft)
	# "No email on the card" says less than "no consent" for the phone that is there.
	refused.sort(key=lambda draft: (not draft.is_reachable, draft.channel.kind not in links.ON_CARD))
	return refused[0] if refused else Draft(Decision(False, "NO_TEMPLATE"))


def _draft(decision: Decision, template, channel, recipient: str | None, body: str, values) -> Draft:
	subject = text.render(template.subject or "", values)
	return Draft(decision, template, channel, recipient, subject, body)


def idempotency_key(event: str, reference: Reference, occasion: str = "", channel: str | None = None) -> str:
	"""Return the key by which a message is made once."""
	fields = _reference_fields(reference)
	return ":".join(
		(event, fields["reference_doctype"] or "", fields["reference_name"] or "", occasion, channel or "")
	)


def _ways(event: str, person: Addressee, only: str | None) -> list[tuple[Any, Any]]:
	"""Active templates of an event with their channels, in the order in which this person is tried."""
	filters = {"event": event, "is_active": 1, **({"channel": only} if only else {})}
	templates = frappe.get_all("Message Template", filters=filters, fields=TEMPLATE_COLUMNS)
	channels = {
		row.name: row
		for row in frappe.get_all("Message Channel", fields=["name", "kind", "is_enabled", "provider"])
	}
	templates.sort(key=lambda row: (row.channel != person.preferred_channel, row.position, row.name))
	return [(template, channels[template.channel]) for template in templates]


def _addressee(
	patient: str | None, address: str | None, channel: str | None, rules: Policy, zone: str | None
) -> Addressee:
	if not patient:
		kind = frappe.get_cached_value("Message Channel", channel, "kind")
		return addressee.of_address(kind, address)
	return addressee.of_patient(patient, rules, zone)


def write(draft: Draft, fields: dict[str, Any], moment: datetime, values: Mapping[str, Any]) -> Document:
	"""Store a message as it was decided, once, and have it sent.

	Args:
		fields: of the Message, the idempotency key among them.
		moment: stored time of leaving; `values` are all variables of its text.

	Returns:
		The Message, which may have been there already.
	"""
	doc = frappe.new_doc("Message")
	doc.update(fields)
	doc.update(_decided(draft, moment))
	if doc.context:
		doc.update(_other_channels(draft, doc.scheduled_at))
	doc.route = "\n".join(filter(None, (doc.route, *map(_reason, draft.skipped)))) or None
	doc.body, doc.subject = _readable(doc.event, draft, values)
	made = insert_once(doc, "idempotency_key")
	if made is not doc:
		return made
	if doc.status == "Suppressed":
		events.emit(
			"message.suppressed",
			message=doc.name,
			patient=doc.patient,
			reason=doc.reason_code,
			about=doc.event,
		)
		return doc
	if doc.body != draft.body:
		sealed.keep(doc.name, draft.body)
	if doc.next_attempt_at <= clock.now():
		delivery.enqueue()
	return doc


def _decided(draft: Draft, moment: datetime) -> dict[str, Any]:
	decision, template, channel = draft.decision, draft.template, draft.channel
	scheduled = clock.from_aware(decision.not_before) if decision.not_before else moment
	return {
		"status": "Queued" if decision.allowed else "Suppressed",
		"reason_code": decision.reason_code,
		"decision": addressee.explain(decision),
		"channel": channel.name if channel else None,
		"template": template.name if template else None,
		"template_version": template.version if template else 0,
		"purpose": template.purpose if template else None,
		"is_answer": template.is_answer if template else 0,
		"recipient": draft.recipient,
		"segments": sms.segments(sms.tidy(draft.body)) if channel and channel.kind == "SMS" else 0,
		"scheduled_at": scheduled,
		"next_attempt_at": scheduled,
	}


def _other_channels(draft: Draft, scheduled: datetime) -> dict[str, Any]:
	"""Return when the next channel gets the message that this one does not bring."""
	template = draft.template
	if not template or not draft.decision.allowed:
		return {}
	fields = {"falls_back": template.on_failure, "wait_minutes": template.wait_minutes}
	if template.wait_minutes and providers.kind(draft.channel.provider).confirms:
		fields["fallback_at"] = scheduled + timedelta(minutes=template.wait_minutes)
	return fields


def _reason(draft: Draft) -> str:
	"""Say why a channel was left out; nothing of one that this patient has never switched on."""
	is_usual = draft.channel.kind in links.ON_CARD or draft.is_reachable
	return addressee.explain(draft.decision) if is_usual else ""


def _readable(event: str, draft: Draft, values: Mapping[str, Any]) -> tuple[str, str]:
	"""Return body and subject as they may be stored: secret values are replaced by dots."""
	secret = EVENTS[event].secret if event in EVENTS else ()
	if not secret or not draft.template:
		return draft.body, draft.subject
	masked = {**values, **dict.fromkeys(secret, sealed.MASK)}
	return text.render(draft.template.body, masked), text.render(draft.template.subject or "", masked)


def _reference_fields(reference: Reference) -> dict[str, str | None]:
	if isinstance(reference, Document):
		reference = (reference.doctype, reference.name)
	doctype, name = reference or (None, None)
	return {"reference_doctype": doctype, "reference_name": name}
