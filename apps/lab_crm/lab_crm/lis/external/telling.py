"""What a laboratory hears after a referral was sent: cancelled orders, tubes in the place of others (F26)."""

import frappe
from frappe import _

from lab_crm.lis import outbox
from lab_crm.lis.external import sending
from lab_crm.lis.external.referrals import DOCTYPE
from lab_crm.lis.hl7.build import CANCEL


def tell(referral: str, order: str, action: str, cause: str) -> None:
	"""Tell the laboratory of a sent referral about an order on it, the way the referral went.

	Args:
		referral: name of the External Referral.
		order: name of the Lab Order.
		action: CANCEL, or CHANGE of its tubes.
		cause: name of the Journey Event: over HL7 it is told once for it.

	Raises:
		Refusal: `NO_EMAIL` (409): the site cannot send letters.
	"""
	doc = frappe.get_doc(DOCTYPE, referral)
	laboratory = frappe.get_doc("External Laboratory", doc.laboratory)
	if laboratory.channel == "Email":
		sending.write_letter(laboratory, doc, _cancelled(order) if action == CANCEL else _changed(doc, order))
	else:
		outbox.queue_referral(order, laboratory, cause, action)


def _cancelled(order: str) -> str:
	return _("The order {0} is cancelled: please do not make it.", lang="ru").format(order)


def _changed(doc, order: str) -> str:
	tubes = dict.fromkeys(row.specimen for row in doc.items if row.lab_order == order and row.specimen)
	text = _("A tube of the order {0} is replaced. Its barcodes are now: {1}.", lang="ru")
	return text.format(order, ", ".join(tubes))
