"""Invitations to a control: one message a recall, by the consent of its patient."""

from datetime import date, timedelta

import frappe
from frappe import _
from frappe.utils import get_url

from lab_crm.messaging import outbox, russian
from lab_crm.recall import visits
from lab_crm.utils import clock, tokens
from lab_crm.utils.workflow import system_move

TOKEN = "recall"
TOKEN_DAYS = 90
INVITE = "recall.invite"
BATCH = 200  # a job; the next one goes on, so that other work is never held up for long
# What passes by itself, or when the set-up is mended: the recall waits. Anything else ends it.
PASSING = ("CAP", "DUPLICATE", "NO_TEMPLATE", "CHANNEL_OFF")


def start(rule: str | None = None) -> None:
	"""Have a worker send the planned invitations after the transaction commits.

	Args:
		rule: only of this Recall Rule.
	"""
	frappe.enqueue(f"{__name__}.send_planned", queue="short", enqueue_after_commit=True, rule=rule)


def send_planned(rule: str | None = None, after: tuple[str, str] | None = None) -> int:
	"""Send the planned invitations whose day has come, a batch of them; return how many were queued.

	Each in a transaction of its own. A patient gets no second one within the days that the rule keeps free;
	one that may not be sent keeps the reason, where staff see it. A full batch is followed by another job.

	Args:
		rule: only of this Recall Rule.
		after: ISO due date and name of the last recall of the batch before.
	"""
	batch = _planned(rule, after)
	sent = sum(_send_or_report(name) for name, _due_on in batch)
	if len(batch) == BATCH:
		name, due_on = batch[-1]
		frappe.enqueue(f"{__name__}.send_planned", queue="short", rule=rule, after=(str(due_on), name))
	return sent


def link(recall: str) -> str:
	"""Return the address that opens a recall for its patient."""
	return get_url(f"/r/{tokens.issue(TOKEN, recall, TOKEN_DAYS)}")


def _planned(rule: str | None, after: tuple[str, str] | None) -> list[tuple[str, date]]:
	"""Return the next planned recalls of active rules, the soonest due first: name and due date."""
	recall, rules = frappe.qb.DocType("Recall"), frappe.qb.DocType("Recall Rule")
	query = frappe.qb.from_(recall).join(rules).on(rules.name == recall.rule)
	query = query.select(recall.name, recall.due_on)
	query = query.where((recall.status == "Planned") & (rules.is_active == 1))
	if rule:
		query = query.where(recall.rule == rule)
	if after:
		day, name = after
		query = query.where((recall.due_on > day) | ((recall.due_on == day) & (recall.name > name)))
	return list(query.orderby(recall.due_on, recall.name).limit(BATCH).run())


def _send_or_report(name: str) -> bool:
	"""Send one invitation; a fault of one must not silence the others."""
	try:
		sent = _send(frappe.get_doc("Recall", name, for_update=True))
	except Exception:
		frappe.db.rollback()
		frappe.log_error(title=f"Recall: {name}", message=frappe.get_traceback())
		sent = False
	frappe.db.commit()
	return sent


def _send(doc) -> bool:
	rule = frappe.get_cached_doc("Recall Rule", doc.rule)
	today = clock.now().date()
	if doc.status != "Planned" or doc.due_on - timedelta(days=rule.lead_days or 0) > today:
		return False
	if doc.due_on + timedelta(days=rule.max_late_days or 0) < today:
		system_move(doc, "Dismissed", dismiss_reason=_("It is too late for this control"))
		return False
	if _invited_lately(doc, rule.gap_days or 0):
		return False
	return _follow(doc, _message(doc, rule.event))


def _invited_lately(doc, days: int) -> bool:
	"""Say whether the patient has had another invitation within the days that a rule keeps free."""
	since = clock.now() - timedelta(days=days)
	return bool(days and frappe.db.exists("Recall", {"patient": doc.patient, "sent_on": (">", since)}))


def _message(doc, event: str):
	branch = visits.branch_of(doc.patient)
	return outbox.queue(
		event or INVITE,
		patient=doc.patient,
		context={"reason": doc.reason, "link": link(doc.name), "date": russian.day_month(doc.due_on)},
		reference=doc,
		# A second try, after the first was held back or staff planned it again, is another message.
		occasion=f"{clock.now():%Y-%m-%d}" if doc.message else "",
		zone=frappe.get_cached_value("Lab Branch", branch, "timezone") if branch else None,
	)


def _follow(doc, message) -> bool:
	"""Bring a recall to where its message is; return whether it was sent."""
	facts = {"message": message.name, "decision": message.decision}
	if message.status != "Suppressed":
		system_move(doc, "Sent", sent_on=clock.now(), **facts)
		return True
	if message.reason_code in PASSING:
		system_move(doc, "Planned", **facts)
	else:
		system_move(doc, "Dismissed", dismiss_reason=message.decision, **facts)
	return False
