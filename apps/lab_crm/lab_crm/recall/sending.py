"""Invitations to a control: one message a recall, by the consent of its patient."""

from datetime import date, timedelta

import frappe
from frappe.utils import get_url

from lab_crm.messaging import outbox, russian
from lab_crm.utils import clock, tokens

TOKEN = "recall"
TOKEN_DAYS = 90
MOST = 5000  # a run; the next one goes on


def send_planned(rule: str | None = None) -> int:
	"""Send the invitations whose day has come; return how many were queued.

	A message that may not be sent ends the recall with the reason, where staff see it.

	Args:
		rule: only of this Recall Rule.
	"""
	sent = 0
	for name in _due(clock.now().date(), rule):
		doc = frappe.get_doc("Recall", name, for_update=True)
		if doc.status == "Planned":
			sent += _send(doc)
		frappe.db.commit()
	return sent


def link(recall: str) -> str:
	"""Return the address that opens a recall for its patient."""
	return get_url(f"/r/{tokens.issue(TOKEN, recall, TOKEN_DAYS)}")


def _due(today: date, rule: str | None) -> list[str]:
	recall, rules = frappe.qb.DocType("Recall"), frappe.qb.DocType("Recall Rule")
	query = frappe.qb.from_(recall).left_join(rules).on(rules.name == recall.rule)
	query = query.select(recall.name, recall.due_on, rules.lead_days).where(recall.status == "Planned")
	if rule:
		query = query.where(recall.rule == rule)
	rows = query.orderby(recall.due_on, recall.name).limit(MOST).run()
	return [name for name, due_on, lead in rows if due_on - timedelta(days=lead or 0) <= today]


def _send(doc) -> bool:
	message = outbox.queue(
		frappe.get_cached_value("Recall Rule", doc.rule, "event") if doc.rule else "recall.invite",
		patient=doc.patient,
		context={"reason": doc.reason, "link": link(doc.name), "date": russian.day_month(doc.due_on)},
		reference=doc,
	)
	doc.message = message.name
	if message.status == "Suppressed":
		doc.update({"status": "Dismissed", "dismiss_reason": message.decision})
	else:
		doc.update({"status": "Sent", "sent_on": clock.now()})
	doc.save(ignore_permissions=True)  # safe: the state of a recall follows its message
	return doc.status == "Sent"
