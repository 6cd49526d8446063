"""The one mechanism by which a floor tells the floors above what happened (`docs/developing.md`).

`emit` inserts a Journey Event in the caller's transaction: it is there exactly when the change it reports is.
After commit a job runs its subscribers; the sweeper re-queues what a crash left behind.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import frappe

from lab_crm.utils import clock
from lab_crm.utils.names import random_name

DISPATCH = "lab_crm.journey.events.dispatch"
KEYS = (
	"patient",
	"inquiry",
	"call",
	"booking",
	"visit",
	"lab_order",
	"lab_result",
	"invoice",
	"message",
	"consent",
)
DOCTYPE = "Journey Event"
# Fewer are written one by one, as documents.
MANY = 5
MAX_ATTEMPTS = 8
SWEEP_AFTER = timedelta(minutes=1)


def emit(event: str, **details) -> str:
	"""Record that `event` happened and have its subscribers run after the transaction commits.

	Args:
		event: dotted name (`booking.created`).
		details: document names under the keys of `KEYS` (the key chain); everything else goes to `payload`.

	Returns:
		The name of the Journey Event.
	"""
	keys = {key: details.pop(key) for key in KEYS if key in details}
	doc = frappe.new_doc("Journey Event")
	doc.update(keys)
	doc.event = event
	doc.occurred_at = clock.now()
	doc.payload = frappe.as_json(details, indent=None) if details else None
	doc.status = "Pending" if subscribers(event) else "Done"
	# Safe: written by our own code only; people have no create right on the event log.
	# Its links are of documents that the caller has in hand: each would cost a look.
	doc.insert(ignore_permissions=True, ignore_links=True)
	if doc.status == "Pending":
		enqueue(doc.name)
	return doc.name


def emit_many(event: str, rows: Sequence[Mapping[str, Any]]) -> None:
	"""Record that `event` happened many times, in one statement unless somebody watches each document.

	Args:
		event: dotted name.
		rows: of each, what `emit` takes as details.
	"""
	if len(rows) < MANY or frappe.db.exists("Webhook", {"webhook_doctype": DOCTYPE, "enabled": 1}):
		for row in rows:
			emit(event, **row)
		return
	status = "Pending" if subscribers(event) else "Done"
	now, user = clock.now(), frappe.session.user
	fields = ("name", "creation", "modified", "owner", "modified_by", "event", "occurred_at", "status")
	names, values = [], []
	for row in rows:
		details = {key: value for key, value in row.items() if key not in KEYS}
		names.append(random_name("EVT", 12))
		payload = frappe.as_json(details, indent=None) if details else None
		keys = [row.get(key) for key in KEYS]
		values.append((names[-1], now, now, user, user, event, now, status, payload, *keys))
	frappe.db.bulk_insert(DOCTYPE, (*fields, "payload", *KEYS), values)
	if status == "Pending":
		for name in names:
			enqueue(name)


def subscribers(event: str) -> list[str]:
	"""Return the dotted paths of the functions that `hooks.py` of any app subscribed to `event`."""
	return frappe.get_hooks("journey_subscribers", {}).get(event, [])


def enqueue(name: str) -> None:
	"""Queue the dispatch of event `name` for after the current transaction."""
	frappe.enqueue(DISPATCH, queue="short", enqueue_after_commit=True, event_name=name)


def dispatch(event_name: str) -> None:
	"""Run the subscribers of one event that have not run yet, each in its own transaction.

	A subscriber that fails is retried by the sweeper, `MAX_ATTEMPTS` times at most; the others are not.
	"""
	event = frappe.get_doc("Journey Event", event_name, for_update=True)
	if event.status != "Pending":
		return
	done = (event.done or "").split()
	error = None
	for path in subscribers(event.event):
		if path in done:
			continue
		try:
			frappe.get_attr(path)(event)
		except Exception:
			frappe.db.rollback()
			error = frappe.get_traceback()
			frappe.log_error(title=f"{event.event} → {path}", message=error)
		else:
			done.append(path)
		event.record(done, error)
		frappe.db.commit()
	event.close(failed=bool(error), max_attempts=MAX_ATTEMPTS)
	frappe.db.commit()


def sweep() -> int:
	"""Re-queue pending events older than a minute (scheduler, every minute); return how many."""
	due = frappe.get_all(
		"Journey Event",
		filters={"status": "Pending", "modified": ("<", clock.now() - SWEEP_AFTER)},
		order_by="creation asc",
		limit=500,
		pluck="name",
	)
	for name in due:
		enqueue(name)
	frappe.db.commit()
	return len(due)
