"""Undoing a wrong attachment: the results of a message leave their order, and the message waits anew.

Whatever its numbers say, no part of it goes back to that order by itself.
"""

import json

import frappe
from frappe import _

from lab_crm.laboratory import withdrawal
from lab_crm.lis import contents, inbox, matching, work_list
from lab_crm.lis.identity import IN
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal


@frappe.whitelist(methods=["POST"])
def detach(message: str, reason: str) -> dict:
	"""Take the results of a message back from their orders; the message becomes unmatched again.

	Args:
		message: name of an incoming LIS Message.
		reason: why, for those who look later.

	Returns:
		`status` of the message, `orders` its results were taken from.

	Raises:
		frappe.PermissionError: the user may not decide about results, or may not read one of the orders.
		Refusal: `REASON_MISSING`, `NOTHING_ATTACHED` (409), `LATER_RESULTS` (409).
	"""
	doc = work_list.held(message, IN, medical=True)
	if not (reason or "").strip():
		raise Refusal("REASON_MISSING", _("Write why the result is detached"), "reason")
	filters = {"lis_message": doc.name, "withdrawn": 0}
	results = frappe.get_all("Lab Result", filters=filters, fields=["name", "order"])
	if not results:
		raise Refusal("NOTHING_ATTACHED", _("No result came of this message"), status=409)
	for row in results:
		frappe.get_doc("Lab Order", row.order).check_permission("read")
	groups = contents.results(doc.raw, doc.charset).groups
	taken = _orders_of(doc, groups)
	orders = withdrawal.withdraw([row.name for row in results], reason.strip())
	_forget_numbers(groups, taken)
	_wait_anew(doc, taken, reason.strip())
	return {"status": doc.status, "orders": orders}


def _orders_of(doc, groups: list) -> dict[int, str]:
	"""Return the order each part of a message went to."""
	decided = inbox.decisions(doc.assignments)
	found = {number: order for number, order in decided.items() if order}
	for number, match in enumerate(matching.match(groups, doc.connection)):
		if number not in decided and match.order:
			found[number] = match.order.name
	return found


def _forget_numbers(groups: list, taken: dict[int, str]) -> None:
	"""Orders keep no number of the laboratory that came with what was not theirs."""
	for number, order in taken.items():
		filler = groups[number].filler
		if filler and frappe.db.get_value("Lab Order", order, "filler_number") == filler:
			frappe.db.set_value("Lab Order", order, "filler_number", None)


def _wait_anew(doc, taken: dict[int, str], reason: str) -> None:
	decided = inbox.decisions(doc.assignments)
	kept = {number: order for number, order in decided.items() if number not in taken}
	barred = inbox.barred_orders(doc.barred)
	for number, order in taken.items():
		barred[number] = list(dict.fromkeys([*barred.get(number, []), order]))
	text = "\n".join(inbox.detached(order) for order in dict.fromkeys(taken.values()))
	doc.db_set(
		{
			"status": inbox.UNMATCHED,
			"error": f"{text}: {reason}",
			"assignments": json.dumps(kept),
			"barred": json.dumps(barred),
			"lab_order": None,
			"lab_result": None,
			"patient": None,
			"processed_at": clock.now(),
		},
		notify=True,
	)
	doc.add_comment("Info", f"{text}: {reason}")
