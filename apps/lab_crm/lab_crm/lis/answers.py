"""What an answer of the LIS does to the message it answers and to its order; by whichever way it comes."""

import frappe
from frappe import _

from lab_crm.laboratory import orders
from lab_crm.lis.hl7.ack import Acknowledgement
from lab_crm.lis.hl7.build import NEW
from lab_crm.lis.hl7.header import NotHL7
from lab_crm.lis.hl7.reader import read
from lab_crm.lis.identity import OUT, SPECIMEN_ORDER
from lab_crm.utils import clock

_RANK = {"Queued": 0, "Failed": 0, "Sent": 1, "Rejected": 2, "Acknowledged": 2}


def find(control_id: str, connection: str | None) -> str | None:
	"""Return the message of ours that a control ID names; on a known connection only there."""
	filters = {"direction": OUT, "control_id": control_id}
	if connection:
		filters["connection"] = connection
	return frappe.db.get_value("LIS Message", filters) if control_id else None


def take(message: str, answer: Acknowledgement, peer: str = "") -> None:
	"""Record an answer and move the order on; the same answer again does nothing.

	Args:
		message: name of the LIS Message that is answered.
		answer: what the LIS says: CA says that it keeps the message, AA that it took the order.
		peer: address that answered.
	"""
	doc = frappe.get_doc("LIS Message", message, for_update=True)
	status = _status(answer)
	if status == "Sent" and doc.message_type.startswith("MFK"):
		status = "Acknowledged"  # itself an answer: no more follows
	if _RANK[status] < _RANK[doc.status] or (doc.status == status != "Sent"):
		return
	now = clock.now()
	values = {
		"status": status,
		"ack_code": answer.code,
		"acknowledged_at": now,
		"processed_at": now,
		"error": None if answer.accepted else _reason(answer),
		"peer": peer or doc.peer,
	}
	doc.db_set(values, notify=True)
	if doc.lab_order and not doc.message_type.startswith(("ADT", SPECIMEN_ORDER)):
		_move(doc, answer)


def _status(answer: Acknowledgement) -> str:
	if not answer.accepted:
		return "Rejected"
	return "Sent" if answer.code == "CA" else "Acknowledged"


def _move(doc, answer: Acknowledgement) -> None:
	"""A new order is sent, accepted or rejected; an answer about a change leaves the order where it is.

	What an external laboratory says of its part does not move an order that our own LIS works on.
	"""
	held = frappe.db.get_value("Lab Order", doc.lab_order, "lis_connection")
	if held and doc.connection and held != doc.connection:
		return
	if _action(doc) != NEW:
		if answer.accepted and answer.filler:
			orders.set_filler(doc.lab_order, answer.filler)
		return
	if not answer.accepted:
		orders.set_rejected(doc.lab_order, _reason(answer))
		return
	orders.set_sent(doc.lab_order)
	if answer.code != "CA":
		orders.set_accepted(doc.lab_order, answer.filler or None)


def _action(doc) -> str:
	try:
		order = read(doc.raw or "").first("ORC")
	except NotHL7:
		return ""
	return order.text(1) if order else ""


def _reason(answer: Acknowledgement) -> str:
	words = answer.explanation or _("no reason given")
	return _("The LIS refused ({0}): {1}").format(
		answer.order_control if answer.code == "AA" else answer.code, words
	)
