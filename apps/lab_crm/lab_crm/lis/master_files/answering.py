"""Tells a LIS that asked for it what became of the records of its master file, once all are decided."""

import frappe

from lab_crm.lis import sender
from lab_crm.lis.hl7 import ack, master
from lab_crm.lis.hl7.header import read
from lab_crm.lis.identity import OUT, event_key
from lab_crm.lis.master_files.staging import APPLIED, CHANGE, NOTHING, WAITING, rows_of
from lab_crm.utils import clock
from lab_crm.utils.names import random_name
from lab_crm.utils.once import insert_once

KIND = "MFK"
_CONTROL_LENGTH = 12


def tell(change: str) -> str | None:
	"""Queue the MFK about a change that is decided, once.

	In the original mode the listener has answered already. In the enhanced mode it said only that it keeps
	the message (CA); the sender who asks in MSH-16 hears of the records now.

	Args:
		change: name of the Catalogue Change.

	Returns:
		The name of the LIS Message; None when nobody waits for one.
	"""
	doc = frappe.db.get_value(CHANGE, change, ["status", "connection", "lis_message"], as_dict=True)
	if doc.status == WAITING or not doc.connection:
		return None
	asked = frappe.db.get_value("LIS Message", doc.lis_message, ["raw", "charset"], as_dict=True)
	head = read(asked.raw)
	if not ack.wants_result(head):
		return None
	control_id, at = random_name("LC", _CONTROL_LENGTH), clock.to_zone(clock.now(), clock.site_zone())
	tail = master.answer(asked.raw, at, _refused(change))
	message = frappe.new_doc("LIS Message")
	message.update(
		{
			"direction": OUT,
			"message_type": f"{KIND}^{head.event}",
			"connection": doc.connection,
			"sending_application": head.receiving_application or ack.US,
			"control_id": control_id,
			"charset": asked.charset,
			"message_key": event_key(change, KIND),
			"next_attempt_at": clock.now(),
			"status": "Queued",
			"raw": ack.build(head, "AA", control_id, at, kind=KIND, tail=tail, accept_ack="AL"),
		}
	)
	name = insert_once(message, "message_key").name
	sender.enqueue(doc.connection)
	return name


def _refused(change: str) -> dict[int, str]:
	"""Return why records are not in the catalogue: number → reason of their first row that is not."""
	found: dict[int, str] = {}
	for row in rows_of(change):
		if row.status not in (APPLIED, NOTHING):
			found.setdefault(row.entry, " ".join((row.reason or row.status).split()))
	return found
