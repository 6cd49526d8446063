"""What only the provider of payments knows and does: payments nobody has told us of, money given back."""

from datetime import timedelta

import frappe
from frappe import _

from lab_crm.erp import links, payments, providers, unused
from lab_crm.erp.books import money
from lab_crm.erp.providers.base import SUCCEEDED, Refund
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal

# A page of a provider waits no longer for its payer.
ASK_FOR = timedelta(hours=3)
MOST = 100


def ask_open() -> int:
	"""Ask the provider about payments that it has told nothing of (scheduler); return how many were paid."""
	fields = ["name", "provider", "payment_id"]
	filters = {
		"status": ("!=", "Paid"),
		"payment_id": ("is", "set"),
		"offer_accepted_at": (">", clock.now() - ASK_FOR),
	}
	found = frappe.get_all(links.DOCTYPE, filters, fields, order_by="offer_accepted_at", limit=MOST)
	known = {f"{row.provider}:{row.payment_id}": row for row in found}
	keys = {"payment_key": ("in", list(known))}
	for key in frappe.get_all(payments.DOCTYPE, keys, pluck="payment_key") if known else ():
		known.pop(key)
	return sum(_ask_alone(row.provider, row.payment_id) for row in known.values())


def can_refund(payment) -> bool:
	"""Tell whether the provider of a Patient Payment gives money back when asked."""
	return payment.provider in providers.names() and providers.get(payment.provider).can_refund


def refund(payment: str) -> str:
	"""Have the provider give back a credit, or what its visit did not need, and record it; asked twice, it is
	given once. The caller has checked the permission.

	Args:
		payment: name of the Patient Payment.

	Returns:
		The provider's id of the refund.

	Raises:
		Refusal: NOTHING_TO_REFUND (409); as `Provider.refund`.
	"""
	doc = frappe.get_doc(payments.DOCTYPE, payment, for_update=True)
	credit = money(doc.amount) - money(doc.refunded_amount)
	part = credit if doc.status == payments.TO_REFUND else unused.of(doc)
	if doc.status == payments.REFUNDED or part <= 0 or not can_refund(doc):
		raise Refusal("NOTHING_TO_REFUND", _("There is nothing to refund"), status=409)
	# The sum given back by then names the refund: the payment is locked, so no two are alike.
	key = f"{doc.name}-{money(doc.refunded_amount) + part}"
	asked = Refund(doc.payment_id, key, part, doc.currency)
	made = providers.get(doc.provider).refund(asked)
	payments.mark_refunded(payment, _("By {0}, refund {1}").format(doc.provider, made))
	return made


def _ask_alone(provider: str, payment_id: str) -> bool:
	"""Ask in a transaction of its own: a fault of one must not hold up the others."""
	try:
		note = providers.get(provider).look_up(payment_id)
	except Refusal as refusal:
		# Asked again by the next run; the reason is in the log.
		frappe.logger("payments").error(f"{provider} {payment_id}: {refusal.code}")
		return False
	if not note or note.status != SUCCEEDED:
		return False
	try:
		payments.receive(provider, note)
	except Exception:
		frappe.db.rollback()
		frappe.log_error(title=f"{provider} {payment_id}", message=frappe.get_traceback())
		return False
	finally:
		frappe.db.commit()
	return True
