"""What the journey's events mean for the books. Each is posted once, however often its event is heard."""

import frappe
from frappe import _

from lab_crm.erp import books, branches, counterparts, invoices, money, payers
from lab_crm.erp.fiscal import sales

PAYMENT, REFUND = "payment", "refund"


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
		invoices.take_back(order.visit, services, order.name)


def paid(event) -> None:
	"""Post a payment that has come, whether it could be applied or waits to be refunded.

	Args:
		event: `payment.received` or `payment.to_refund`.
	"""
	payment = frappe.get_doc("Patient Payment", event.details["payment"])
	sales.prepaid(payment)
	if books.available():
		post(payment)


def refunded(event) -> None:
	"""Post that a payment has gone back.

	Args:
		event: `payment.refunded`.
	"""
	payment = frappe.get_doc("Patient Payment", event.details["payment"])
	sales.prepayment_returned(payment)
	if not books.available():
		return
	post(payment)
	with books.as_system():
		counterparts.once(
			payment.doctype,
			payment.name,
			REFUND,
			"Payment Entry",
			lambda: money.give_back(_sum(payment, payment.refunded_on, payment.refund_note)),
		)


def post(payment) -> str:
	"""Return the Payment Entry of a Patient Payment, made if there is none."""
	with books.as_system():
		return counterparts.once(
			payment.doctype,
			payment.name,
			PAYMENT,
			"Payment Entry",
			lambda: money.receive(_sum(payment, payment.received_at, payment.problem)),
		)


def _sum(payment, when, note: str | None) -> money.Sum:
	branch = payment.booking and frappe.db.get_value("Booking", payment.booking, "branch")
	remarks = (_("Booking {0}", lang="ru").format(payment.booking) if payment.booking else "", note)
	return money.Sum(
		customer=payers.of_patient(payment.patient),
		amount=books.money(payment.amount),
		mode=money.ONLINE,
		day=frappe.utils.getdate(when),
		reference=f"{payment.provider} {payment.payment_id}",
		cost_center=branches.cost_center(branch) if branch else None,
		remarks=". ".join(filter(None, remarks)),
	)
