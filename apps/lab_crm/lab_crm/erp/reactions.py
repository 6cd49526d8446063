"""What follows for money from the events of bookings and payments. Idempotent on the event."""

import frappe
from frappe import _

from lab_crm.booking import reactions
from lab_crm.erp import links, payments

LATE = "payment.late"


def prepayment_due(event) -> None:
	"""Send the patient the link to pay (or, without acquiring, the request to call).

	Args:
		event: the Journey Event `booking.prepayment_due`.
	"""
	booking = frappe.get_doc("Booking", event.booking)
	if booking.status == "Held" and booking.prepayment:
		reactions.ask_prepayment(booking, links.url_of(booking) or "")


def confirmed(event) -> None:
	"""Close the link of a booking that was kept without the payment.

	Args:
		event: the Journey Event `booking.confirmed`.
	"""
	if frappe.db.get_value("Booking", event.booking, "status") != "Held":
		links.close(event.booking, "Cancelled")


def cancelled(event) -> None:
	"""Close the link of a cancelled booking; what was paid becomes a credit to refund.

	Args:
		event: the Journey Event `booking.cancelled`.
	"""
	booking = frappe.get_doc("Booking", event.booking)
	if booking.status != "Cancelled":
		return
	links.close(booking.name, "Expired" if booking.cancelled_by == "System" else "Cancelled")
	if booking.is_late_cancel:
		payments.release(booking.name, _("The patient cancelled late"))
	elif booking.cancelled_by == "Patient":
		payments.release(booking.name, _("The patient cancelled in time"))
	else:
		payments.release(booking.name, _("The laboratory cancelled the booking"))


def to_refund(event) -> None:
	"""Tell the patient that money came too late; a refund after a cancellation is the staff's own word.

	Args:
		event: the Journey Event `payment.to_refund`.
	"""
	payment = frappe.get_doc(payments.DOCTYPE, event.details["payment"])
	booking = frappe.get_doc("Booking", payment.booking)
	came_late = booking.cancelled_at and payment.received_at > booking.cancelled_at
	if payment.status == payments.TO_REFUND and booking.status == "Cancelled" and came_late:
		reactions.tell_of_payment(LATE, booking, payment.amount, payment.name)
