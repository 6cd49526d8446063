"""Who has missed visits books with a prepayment (F14, F15, F17); the rules are documents (`policy`).

A booking that needs one is Held: paid, it becomes Booked; unpaid, its time is given back (`holds`). Every way
of saving goes through here, so neither the website nor the desk can forget it.
"""

from datetime import timedelta

import frappe
from frappe import _
from frappe.utils import add_months, flt

from lab_crm.booking import holds, policy
from lab_crm.booking.policy import Policy
from lab_crm.journey import events
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal
from lab_crm.utils.workflow import system_move

EXPECTED = ("Booked", "Confirmed")


def settle(doc) -> None:
	"""Hold a booking that needs a prepayment, and let it become Booked when it is paid or waived.

	Args:
		doc: a Booking being saved, with its prices.

	Raises:
		Refusal: PREPAYMENT_REQUIRED (409), WAIVER_NOT_ALLOWED (403).
	"""
	before = doc.get_doc_before_save()
	if before is None:
		_settle_new(doc)
	elif before.status == "Held" and doc.status in ("Held", *EXPECTED):
		if doc.prepayment:
			_settle_held(doc)
		else:
			# A time that was only kept (an offer of the waiting list) meets the same rule as a new booking.
			_settle_new(doc)


def misses(patient: str, months: int, without: str | None = None) -> int:
	"""Return how often a patient did not come or cancelled late in so many months.

	Args:
		without: name of a Booking that does not count.
	"""
	since = add_months(clock.now(), -months)
	booking = frappe.qb.DocType("Booking")
	query = (
		frappe.qb.from_(booking)
		.select(booking.name)
		.where(booking.patient == patient)
		.where(booking.start >= since)
		.where(
			(booking.status == "No Show") | ((booking.status == "Cancelled") & (booking.is_late_cancel == 1))
		)
		.where(booking.name != (without or ""))
	)
	return len(query.run())


def prepayment_of(doc, rules: Policy) -> float:
	"""Return what has to be paid before a booking counts, in the currency of its prices; 0 for nothing."""
	if doc.free_reason:
		return 0
	if not rules.prepay_always and not _has_missed_too_often(doc, rules):
		return 0
	return rules.prepayment(flt(doc.total))


def _has_missed_too_often(doc, rules: Policy) -> bool:
	return bool(
		rules.prepay_after and misses(doc.patient, rules.misses_months, doc.name) >= rules.prepay_after
	)


def is_late_cancel(doc) -> int:
	"""Return 1 if a booking that is being cancelled by its patient is cancelled too late by its policy.

	A hold was no promise yet, so giving it back is not late.
	"""
	before = doc.get_doc_before_save()
	if not before or before.status not in EXPECTED or doc.cancelled_by != "Patient":
		return 0
	return int(clock.now() > before.start - timedelta(hours=policy.of(doc).cancellation_hours))


def record_payment(booking: str, amount: float):
	"""Add a payment to a booking and book it when enough is paid; return the Booking.

	The caller answers for a payment being recorded once.
	"""
	doc = frappe.get_doc("Booking", booking, for_update=True)
	doc.paid = flt(doc.paid) + flt(amount)
	enough = doc.status == "Held" and doc.prepayment and doc.paid >= doc.prepayment
	system_move(doc, "Booked" if enough else doc.status)
	return doc


def _settle_new(doc) -> None:
	if doc.status not in EXPECTED:
		return
	rules = policy.of(doc)
	doc.prepayment = prepayment_of(doc, rules)
	if not doc.prepayment or flt(doc.paid) >= doc.prepayment:
		return
	if doc.waiver_reason:
		_check_waiver(doc, rules)
		return
	doc.status = "Held"
	# The step is the policy's, not the person's who saves.
	doc.flags.system_move = True
	doc.flags.prepayment_due = True  # announced when the booking is written (`changes`)
	holds.set_end(doc)
	if frappe.local.session.data.get("user_type") == "System User":
		message = _("The time is held until the prepayment of {0} is made")
		frappe.msgprint(message.format(doc.prepayment), alert=True)


def _settle_held(doc) -> None:
	if doc.has_value_changed("waiver_reason") and doc.waiver_reason:
		_check_waiver(doc, policy.of(doc))
		doc.status = "Booked" if doc.status == "Held" else doc.status
		doc.flags.system_move = True
		holds.set_end(doc)
	elif doc.status in EXPECTED and flt(doc.paid) < doc.prepayment and not doc.waiver_reason:
		message = _("A prepayment of {0} is needed by the rules of booking").format(doc.prepayment)
		raise Refusal("PREPAYMENT_REQUIRED", message, status=409, data={"prepayment": doc.prepayment})


def _check_waiver(doc, rules: Policy) -> None:
	"""Refuse a waiver by somebody who may not give it; keep who gave it and why."""
	if rules.override_role and rules.override_role not in frappe.get_roles():
		message = _("Only {0} may book without the prepayment").format(_(rules.override_role))
		raise Refusal("WAIVER_NOT_ALLOWED", message, field="waiver_reason", status=403)
	events.emit(
		"booking.prepayment_waived",
		booking=doc.name,
		patient=doc.patient,
		amount=doc.prepayment,
		reason=doc.waiver_reason,
		by=frappe.session.user,
	)
