"""Whom a message goes to: the patient's contacts, consents and recent messages, read in a few queries."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import frappe
from frappe import _

from lab_crm.messaging import links
from lab_crm.messaging.decide import EXPLANATIONS, Decision, Facts, Policy
from lab_crm.messaging.vocabulary import REQUESTED
from lab_crm.patients import person_names
from lab_crm.privacy import consents
from lab_crm.utils import clock

# The same text to the same person within so many minutes is a repetition, whatever caused it.
SAME_TEXT_WITHIN = timedelta(minutes=10)
COUNTED = ("Queued", "Sent", "Delivered")
CARD_FIELDS = [
	"name",
	"first_name",
	"middle_name",
	"mobile",
	"email",
	"preferred_channel",
	"time_zone",
	"status",
]


@dataclass(frozen=True)
class Addressee:
	"""What is known of the person who gets a message."""

	patient: str | None
	name: str = ""
	addresses: dict[str, str] = field(default_factory=dict)
	preferred_channel: str | None = None
	zone: ZoneInfo | None = None
	is_active: bool = True
	consents: frozenset[str] = frozenset()
	withdrawn: frozenset[str] = frozenset()
	recent: tuple = ()

	def local(self, moment: datetime) -> datetime:
		"""Return a stored (naive) time in the person's zone."""
		return clock.to_zone(moment, self.zone or clock.site_zone())

	def sent(self, purpose: str, days: int, now: datetime) -> int:
		"""Return how many messages of a purpose were made in the last `days`."""
		since = now - timedelta(days=days)
		return sum(1 for row in self.recent if row.purpose == purpose and row.creation > since)

	def had(self, body: str, recipient: str | None, now: datetime) -> bool:
		"""Tell whether this very text has just been sent there."""
		since = now - SAME_TEXT_WITHIN
		return any(
			row.body == body and row.recipient == recipient and row.creation > since for row in self.recent
		)


def of_patient(patient: str, policy: Policy, zone: str | None = None) -> Addressee:
	"""Return the addressee behind a patient card, with the messages of late.

	Args:
		patient: name of the Patient.
		policy: its caps say how far back recent messages are read.
		zone: IANA zone of the branch, used when the card has none of its own.
	"""
	person = of_patients({patient}, zone)[patient]
	days = max(policy.marketing_cap_days, policy.service_cap_days)
	addresses = {**person.addresses, **links.addresses(patient)}
	return replace(person, addresses=addresses, recent=tuple(_recent(patient, days)))


def of_patients(patients: Collection[str], zone: str | None = None) -> dict[str, Addressee]:
	"""Return the addressees behind many patient cards, in two queries, without recent messages.

	Args:
		patients: names of Patients.
		zone: IANA zone used for cards that have none of their own.
	"""
	if not patients:
		return {}
	cards = frappe.get_all("Patient", {"name": ("in", list(patients))}, CARD_FIELDS)
	states = consents.states_of(patients)
	return {card.name: _of_card(card, *states[card.name], zone) for card in cards}


def _of_card(card, given: set[str], withdrawn: set[str], zone: str | None) -> Addressee:
	return Addressee(
		patient=card.name,
		name=person_names.polite(card.first_name, card.middle_name),
		addresses={"SMS": card.mobile or "", "Email": card.email or ""},
		preferred_channel=card.preferred_channel,
		zone=_zone(card.time_zone or zone),
		is_active=card.status == "Active",
		consents=frozenset(given),
		withdrawn=frozenset(withdrawn),
	)


def of_address(kind: str, address: str) -> Addressee:
	"""Return an addressee of whom nothing but an address is known."""
	return Addressee(patient=None, addresses={kind: address})


def facts(person: Addressee, template, channel, body: str, moment: datetime, policy: Policy) -> Facts:
	"""Return the facts of one possible message.

	Args:
		template, channel: rows of Message Template and Message Channel.
		body: rendered text.
		moment: stored time at which it would leave.
	"""
	recipient = person.addresses.get(channel.kind) or None
	_cap, days = policy.cap(template.purpose)
	return Facts(
		purpose=template.purpose,
		channel=channel.name,
		recipient=recipient,
		local_time=person.local(moment),
		is_answer=bool(template.is_answer),
		channel_enabled=bool(channel.is_enabled),
		patient_active=person.is_active,
		is_duplicate=template.purpose != REQUESTED and person.had(body, recipient, clock.now()),
		consents=person.consents,
		withdrawn=person.withdrawn,
		sent_in_period=person.sent(template.purpose, days, clock.now()),
	)


def explain(decision: Decision) -> str:
	"""Return a decision in the language of the staff, who read it: a guest or a job may have another."""
	language = frappe.get_system_settings("language")
	details = {**decision.details}
	if "purpose" in details:
		details["purpose"] = _(details["purpose"], language)
	return _(EXPLANATIONS[decision.reason_code], language).format(**details)


def _recent(patient: str, days: int) -> list:
	return frappe.get_all(
		"Message",
		filters={
			"patient": patient,
			"status": ("in", COUNTED),
			"creation": (">", clock.now() - timedelta(days=days)),
		},
		fields=["name", "purpose", "recipient", "body", "creation"],
		limit=200,
	)


def _zone(name: str | None) -> ZoneInfo | None:
	return ZoneInfo(name) if name else None
