"""What the journey's events mean for the books. Each is posted once, however often its event is heard."""

import frappe

from lab_crm.erp import books, invoices, prepayments
from lab_crm.erp.fiscal import sales


def checked_in(event) -> None:
	"""Charge the visit.

	Args:
		event: the Journey Event `visit.checked_in`.
	"""
	invoices.charge(event.visit)


def order_cancelled(event) -> None:
	"""Take back the charge of examinations that will not be made.

	Args:
		event: the Journey Event `order.cancelled`.
	"""
	order = frappe.get_doc("Lab Order", event.lab_order)
	if books.available() and order.visit and order.status == "Cancelled":
		services = {name for row in order.items for name in (row.service, row.from_panel) if name}
		# Cancelled before its visit was charged: else the invoice would come later and bill it for good.
		invoices.charge(order.visit, announce=False)
		invoices.take_back(order.visit, services, order.name)
		for invoice in invoices.of_visit(order.visit):
			invoices.announce_paid(invoice)


def paid(event) -> None:
	"""Post a payment that has come, whether it could be applied or waits to be refunded.

	Args:
		event: `payment.received` or `payment.to_refund`.
	"""
	payment = frappe.get_doc("Patient Payment", event.details["payment"])
	sales.prepaid(payment)
	if books.available():
		prepayments.post(payment)


def refunded(event) -> None:
	"""Post that a payment has gone back; a part of one was posted when it was recorded.

	Args:
		event: `payment.refunded`.
	"""
	payment = frappe.get_doc("Patient Payment", event.details["payment"])
	if event.details.get("part"):
		return
	sales.prepayment_returned(payment)
	if books.available():
		prepayments.post(payment)
		prepayments.post_refund(payment, books.money(payment.amount))
