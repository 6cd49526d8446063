"""May this message go, and why: one pure function for every send (F98).

The answer is stored with the message, so that anybody can be told why a text came, came late or did not come.
"""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from lab_crm.messaging.vocabulary import MARKETING, REQUESTED

# English sources of the explanations; translated where they are stored.
EXPLANATIONS: dict[str, str] = {
	"CONSENT": "Sent: there is the consent «{purpose}»",
	"REQUESTED": "Sent: the patient is waiting for this answer",
	"QUIET_HOURS": "Put off until {until}: the patient's quiet hours",
	"NO_TEMPLATE": "Not sent: there is no active template of this message for an enabled channel",
	"CHANNEL_OFF": "Not sent: the channel {channel} is switched off",
	"NO_RECIPIENT": "Not sent: the card has no contact for the channel {channel}",
	"PATIENT_INACTIVE": "Not sent: the card is not active",
	"NO_CONSENT": "Not sent: there is no consent «{purpose}»",
	"CONSENT_WITHDRAWN": "Not sent: the consent «{purpose}» was withdrawn",
	"DUPLICATE": "Not sent: the same message has already been made",
	"EXPIRED": "Not sent: it would come too late",
	"CAP": "Not sent: {sent} of {cap} such messages in {days} days",
	"ACTED": "Not sent: the patient has acted since the first message",
	"ARRIVED": "Not sent: the message of the other channel has arrived after all",
}

# The channel is at fault, not the patient's will or the house's rules: another one may do.
UNREACHABLE = ("NO_TEMPLATE", "NO_RECIPIENT", "CHANNEL_OFF")


@dataclass(frozen=True)
class Policy:
	"""The rules of the house (`Messaging Policy`). Caps are messages per so many days."""

	quiet_from: time = time(21)
	quiet_to: time = time(9)
	marketing_cap: int = 1
	marketing_cap_days: int = 7
	service_cap: int = 6
	service_cap_days: int = 1

	def cap(self, purpose: str) -> tuple[int, int]:
		"""Return the cap of a purpose and its days."""
		if purpose == MARKETING:
			return self.marketing_cap, self.marketing_cap_days
		return self.service_cap, self.service_cap_days


@dataclass(frozen=True)
class Facts:
	"""What the decision looks at.

	Args:
		purpose: purpose of the template, which is the consent it needs.
		channel: name of the channel, None without a template.
		recipient: address on that channel, if the card has one.
		local_time: the moment of sending in the patient's zone, aware.
		is_answer: an answer to what the patient has just done: quiet hours and caps do not hold it back.
		consents / withdrawn: purposes agreed to, and those agreed to once and withdrawn.
		sent_in_period: messages of this purpose within the days of its cap.
		useless_after: aware moment after which the message has no sense.
		needless: why nobody needs it any more (ACTED, ARRIVED), where it stands in for another.
	"""

	purpose: str
	channel: str | None
	recipient: str | None
	local_time: datetime
	is_answer: bool = False
	channel_enabled: bool = True
	patient_active: bool = True
	is_duplicate: bool = False
	consents: frozenset[str] = frozenset()
	withdrawn: frozenset[str] = frozenset()
	sent_in_period: int = 0
	useless_after: datetime | None = None
	needless: str | None = None


@dataclass(frozen=True)
class Decision:
	"""The answer. `not_before` is aware, in the patient's zone."""

	allowed: bool
	reason_code: str
	details: dict[str, Any] = field(default_factory=dict)
	not_before: datetime | None = None


def decide(facts: Facts, policy: Policy) -> Decision:
	"""Return whether a message may be sent now, later or not at all, and why."""
	refusal = _reachability(facts) or _need(facts) or _consent(facts) or _repetition(facts, policy)
	if refusal:
		return refusal
	until = None if facts.is_answer else end_of_quiet(facts.local_time, policy)
	if facts.useless_after and (until or facts.local_time) >= facts.useless_after:
		return Decision(False, "EXPIRED")
	if until:
		return Decision(True, "QUIET_HOURS", {"until": f"{until:%d.%m %H:%M}"}, until)
	if facts.purpose == REQUESTED:
		return Decision(True, "REQUESTED")
	return Decision(True, "CONSENT", {"purpose": facts.purpose})


def end_of_quiet(local: datetime, policy: Policy) -> datetime | None:
	"""Return when the quiet hours in which `local` lies end, None outside of them."""
	start, end, now = policy.quiet_from, policy.quiet_to, local.time()
	if start == end:
		return None
	over_midnight = start > end
	is_quiet = (now >= start or now < end) if over_midnight else start <= now < end
	if not is_quiet:
		return None
	day = local.date() + timedelta(days=1 if over_midnight and now >= start else 0)
	return datetime.combine(day, end, tzinfo=local.tzinfo)


def _reachability(facts: Facts) -> Decision | None:
	if not facts.channel:
		return Decision(False, "NO_TEMPLATE")
	if not facts.channel_enabled:
		return Decision(False, "CHANNEL_OFF", {"channel": facts.channel})
	if not facts.patient_active:
		return Decision(False, "PATIENT_INACTIVE")
	if not facts.recipient:
		return Decision(False, "NO_RECIPIENT", {"channel": facts.channel})
	return None


def _need(facts: Facts) -> Decision | None:
	return Decision(False, facts.needless) if facts.needless else None


def _consent(facts: Facts) -> Decision | None:
	if facts.purpose == REQUESTED or facts.purpose in facts.consents:
		return None
	code = "CONSENT_WITHDRAWN" if facts.purpose in facts.withdrawn else "NO_CONSENT"
	return Decision(False, code, {"purpose": facts.purpose})


def _repetition(facts: Facts, policy: Policy) -> Decision | None:
	if facts.is_duplicate:
		return Decision(False, "DUPLICATE")
	cap, days = policy.cap(facts.purpose)
	if not facts.is_answer and facts.sent_in_period >= cap:
		return Decision(False, "CAP", {"sent": facts.sent_in_period, "cap": cap, "days": days})
	return None
