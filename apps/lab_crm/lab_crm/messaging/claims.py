"""Which worker sends which message: a row belongs to whoever moved its `next_attempt_at` ahead.

Two steps. `take` claims a batch for the length of a lease. `begin` renews the lease of those about to be
handed over and marks them in flight: when the mark is still there at the next claim, nobody knows whether the
provider got the message. What another worker took over meanwhile is left to it.
"""

from datetime import datetime, timedelta
from typing import Any

import frappe

from lab_crm.utils import clock

LEASE = timedelta(minutes=5)
BATCH = 100
# What a decision about a queued message looks at.
DECIDED = (
	"name",
	"patient",
	"event",
	"channel",
	"recipient",
	"purpose",
	"is_answer",
	"body",
	"expires_at",
	"attempts",
	"in_flight",
	"replaces",
	"reference_doctype",
	"reference_name",
	"falls_back",
	"wait_minutes",
	"fallback_at",
)
# What a worker needs besides.
COLUMNS = (*DECIDED, "creation", "subject", "segments", "attachments")


def take(names: list[str] | None = None, answers: bool | None = None) -> list[Any]:
	"""Claim due messages and return their rows, oldest first; locked rows are other workers'.

	Args:
		names: only these; None: any.
		answers: only what a patient is waiting for, or only the rest; None: both.
	"""
	message = frappe.qb.DocType("Message")
	due = (message.status == "Queued") & (message.next_attempt_at <= clock.now())
	query = frappe.qb.from_(message).select(*(message[column] for column in COLUMNS)).where(due)
	if names:
		query = query.where(message.name.isin(names))
	elif answers is not None:
		query = query.where(message.is_answer == int(answers))
	rows = query.orderby(message.next_attempt_at).limit(BATCH).for_update(skip_locked=True).run(as_dict=True)
	if rows:
		lease = _later()
		(
			frappe.qb.update(message)
			.set(message.next_attempt_at, lease)
			.set(message.attempts, message.attempts + 1)
			.where(message.name.isin([row.name for row in rows]))
		).run()
		for row in rows:
			row.attempts, row.lease = row.attempts + 1, lease
	frappe.db.commit()
	return rows


def begin(rows: list[Any]) -> list[Any]:
	"""Mark claimed messages as being handed over; return those that are still ours."""
	if not rows:
		return []
	message = frappe.qb.DocType("Message")
	names = [row.name for row in rows]
	ours = (
		frappe.qb.from_(message)
		.select(message.name)
		.where(
			(message.status == "Queued")
			& message.name.isin(names)
			& (message.next_attempt_at == rows[0].lease)
		)
		.for_update()
	).run(pluck=True)
	if ours:
		lease = _later()
		(
			frappe.qb.update(message)
			.set(message.in_flight, 1)
			.set(message.next_attempt_at, lease)
			.where(message.name.isin(ours))
		).run()
		for row in rows:
			row.lease = lease
	frappe.db.commit()
	kept = set(ours)
	return [row for row in rows if row.name in kept]


def _later() -> datetime:
	return clock.now() + LEASE
