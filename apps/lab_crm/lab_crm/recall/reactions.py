"""What a recall does when the journey goes on. Idempotent on the event, which may be delivered twice."""

import frappe
from frappe import _

from lab_crm.messaging import fallback, standing_in
from lab_crm.recall import visits
from lab_crm.utils.workflow import system_move

OPEN = ("Planned", "Sent")


def booked(event) -> None:
	"""Close the patient's open recalls that a new booking answers, made by the link or without it.

	Args:
		event: the Journey Event `booking.created`.
	"""
	doc = frappe.get_doc("Booking", event.booking)
	if doc.status in visits.NOT_COMING:
		return
	names = _answered(doc.patient, [row.service for row in doc.services])
	if doc.recall and frappe.db.exists("Recall", {"name": doc.recall, "patient": doc.patient}):
		names.append(doc.recall)
	for name in dict.fromkeys(names):
		_close(name, "Booked", booking=doc.name)


def cancelled(event) -> None:
	"""Open a recall again whose booking is cancelled: the link in its message books once more.

	Args:
		event: the Journey Event `booking.cancelled`.
	"""
	for name in frappe.get_all("Recall", {"booking": event.booking, "status": "Booked"}, pluck="name"):
		recall = frappe.get_doc("Recall", name, for_update=True)
		if recall.status == "Booked" and recall.booking == event.booking:
			system_move(recall, "Sent" if recall.sent_on else "Planned", booking=None)


def ordered(event) -> None:
	"""Close the recalls of a patient who has come for it without a booking.

	Args:
		event: the Journey Event `order.placed`.
	"""
	order = frappe.get_doc("Lab Order", event.lab_order)
	services = {name for row in order.items for name in (row.service, row.from_panel) if name}
	for name in _answered(order.patient, sorted(services)):
		_close(name, "Dismissed", dismiss_reason=_("The patient has come for it already"))


def undelivered(event) -> None:
	"""Tell staff that an invitation did not arrive, or was stopped when its turn came.

	Args:
		event: the Journey Event `message.failed`, `message.suppressed` or `message.undelivered`.
	"""
	if fallback.goes_on(event.message):
		return
	reason = frappe.db.get_value("Message", event.message, "decision")
	if event.event != "message.suppressed":
		reason = _("The message could not be delivered")
	messages = standing_in.chain(event.message)
	for name in frappe.get_all("Recall", {"message": ("in", messages), "status": "Sent"}, pluck="name"):
		recall = frappe.get_doc("Recall", name, for_update=True)
		if recall.status == "Sent":
			system_move(recall, "Dismissed", dismiss_reason=reason)


def _answered(patient: str, services: list[str]) -> list[str]:
	"""Return the open recalls of a patient for one of these services or for a part of one."""
	parts = frappe.get_all("Panel Item", {"parent": ("in", services)}, pluck="service")
	wanted = sorted({*services, *parts})
	filters = {"patient": patient, "status": ("in", OPEN), "service": ("in", wanted)}
	return frappe.get_all("Recall", filters, pluck="name", order_by="name")


def _close(name: str, status: str, **fields) -> None:
	recall = frappe.get_doc("Recall", name, for_update=True)
	if recall.status in OPEN:
		system_move(recall, status, **fields)
