"""What messaging does when something happens elsewhere. Idempotent on the event."""

import frappe

from lab_crm.messaging import addressee, claims, handover, outcomes, settings
from lab_crm.utils import clock


def withdrawn(event) -> None:
	"""Suppress what is queued and may not go any more: a withdrawal is seen at once, not when its time comes.

	What a worker is handing over this very second is decided there.

	Args:
		event: the Journey Event `consent.withdrawn`.
	"""
	filters = {"patient": event.patient, "status": "Queued", "in_flight": 0}
	fields = [*claims.DECIDED, "next_attempt_at as lease"]
	rows = frappe.get_all("Message", filters, fields)
	person = addressee.of_patients({event.patient}).get(event.patient) if rows else None
	rules = settings.policy()
	for row in rows:
		channel = frappe.get_cached_doc("Message Channel", row.channel)
		decision = handover.decide_again(row, channel, person, rules, clock.now())
		if decision.reason_code in ("CONSENT_WITHDRAWN", "NO_CONSENT"):
			outcomes.suppressed(row, decision)
