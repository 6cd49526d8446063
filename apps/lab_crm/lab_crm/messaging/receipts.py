"""What a provider reports later: delivered, or not. Taken once, in any order, and never backwards."""

from datetime import datetime

import frappe

from lab_crm.journey import events
from lab_crm.utils import clock

DELIVERED, FAILED = "Delivered", "Failed"


def apply(
	message: str, status: str | None, provider_id: str = "", error: str = "", at: datetime | None = None
):
	"""Record a delivery report; one that says nothing new changes nothing.

	Args:
		message: name of the Message.
		status: DELIVERED, FAILED, or None: still under way.
		provider_id: the provider's id, when the report carries it.
		error: why it was not delivered.
		at: stored time of the report; None: now.

	Returns:
		The status of the Message after the report.
	"""
	doc = frappe.get_doc("Message", message, for_update=True)
	# A report may overtake the worker that has just handed the message over: then it is still Queued.
	if status and doc.status in ("Sent", "Queued") and (doc.status == "Sent" or doc.in_flight):
		fields = {"status": status, "error": error[:500] or None, "in_flight": 0}
		fields["provider_id"] = doc.provider_id or provider_id or None
		fields["sent_at"] = doc.sent_at or clock.now()
		fields["fallback_at"] = clock.now() if status == FAILED and doc.falls_back else None
		if status == DELIVERED:
			fields["delivered_at"] = at or clock.now()
		doc.db_set(fields)
		name = "message.delivered" if status == DELIVERED else "message.failed"
		details = {"error": error[:140]} if error else {}
		events.emit(
			name, message=doc.name, patient=doc.patient, about=doc.event, channel=doc.channel, **details
		)
	return doc.status


def by_provider_id(channels: list[str], provider_id: str) -> str | None:
	"""Return the Message that a provider of some channels knows by its id."""
	filters = {"provider_id": provider_id, "channel": ("in", channels)}
	return frappe.db.get_value("Message", filters, order_by="creation desc")
