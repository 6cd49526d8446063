"""Taking back results that were attached to an order by mistake: what they replaced comes back, they stay as
history, cancelled, with who took them back and why.
"""

import frappe
from frappe import _

from lab_crm.laboratory import critical, progress
from lab_crm.laboratory import observations as obs
from lab_crm.laboratory.result_rows import ordered
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal
from lab_crm.utils.workflow import system_move


def withdraw(names: list[str], reason: str) -> list[str]:
	"""Take results back, in the caller's transaction.

	Args:
		names: of Lab Results that came together (one message).
		reason: why, for those who look later.

	Returns:
		The orders they were attached to.

	Raises:
		Refusal: `LATER_RESULTS` (409): a later result builds upon one of them.
	"""
	orders = sorted({frappe.db.get_value("Lab Result", name, "order") for name in names})
	for order in orders:
		# Locked before the results are looked at: a report stored meanwhile is seen.
		doc = frappe.get_doc("Lab Order", order, for_update=True)
		own = frappe.get_all(
			"Lab Result",
			filters={"name": ("in", names), "order": order},
			fields=["name", "superseded_by", "creation"],
			order_by="creation, name",
		)
		_refuse_later(own)
		restored = _restore([row.name for row in own])
		for row in own:
			_take_back(row.name, reason)
			_settle_alerts(row, restored, reason)
		_recount(doc, [row.name for row in own])
		doc.add_comment("Info", _("Results were withdrawn: {0}. {1}").format(", ".join(names), reason))
	return orders


def _refuse_later(own: list) -> None:
	names = {row.name for row in own}
	for row in own:
		if row.superseded_by and row.superseded_by not in names:
			text = _("Result {0} came later and builds upon it: take that one back first")
			raise Refusal("LATER_RESULTS", text.format(row.superseded_by), status=409)


def _restore(names: list[str]) -> list[str]:
	"""Bring back the results that these replaced."""
	filters = {"superseded_by": ("in", names), "name": ("not in", names), "withdrawn": 0}
	replaced = frappe.get_all("Lab Result", filters=filters, pluck="name", order_by="reported_at, name")
	for name in replaced:
		frappe.db.set_value("Lab Result", name, "superseded_by", None)
	return replaced


def _take_back(name: str, reason: str) -> None:
	doc = frappe.get_doc("Lab Result", name)
	doc.db_set(
		{
			"status": obs.CANCELLED,
			"withdrawn": 1,
			"withdrawn_reason": reason,
			"withdrawn_by": frappe.session.user,
			"withdrawn_at": clock.now(),
			"source_key": None,  # the same message may rightly come to the same order yet
		},
		notify=True,
	)
	doc.add_comment("Info", _("Withdrawn: {0}").format(reason))


def _settle_alerts(row, restored: list[str], reason: str) -> None:
	"""Close the alerts about a withdrawn result; an older one goes back to what it was about."""
	filters = {"result": row.name, "status": ("!=", critical.CLOSED)}
	for name in frappe.get_all("Critical Alert", filters=filters, pluck="name"):
		alert = frappe.get_doc("Critical Alert", name, for_update=True)
		older = alert.creation < row.creation and _item_of(restored, alert.analyte_name)
		if older:
			value = f"{older.value} {older.unit or ''}".strip()
			back = {"result": older.parent, "item": older.name, "value": value, "flag": older.flag}
			alert.db_set({**back, "reference_text": older.reference_text}, notify=True)
		else:
			system_move(alert, critical.CLOSED, comment=_("The result was withdrawn: {0}").format(reason))


def _item_of(results: list[str], analyte_name: str):
	filters = {"parent": ("in", results), "analyte_name": analyte_name, "flag": ("in", obs.CRITICAL)}
	fields = ["name", "parent", "value", "unit", "flag", "reference_text"]
	rows = frappe.get_all("Lab Result Item", filters=filters, fields=fields, limit=1) if results else []
	return rows[0] if rows else None


def _recount(order, withdrawn: list[str]) -> None:
	filters = {"parent": ("in", withdrawn), "service": ("is", "set")}
	lost = set(frappe.get_all("Lab Result Item", filters=filters, pluck="service"))
	if order.hold_until_call and not order.called_at:
		alerts = frappe.db.exists("Critical Alert", {"order": order.name, "status": ("!=", critical.CLOSED)})
		services = [frappe.get_cached_doc("Lab Service", row.service) for row in order.items]
		order.hold_until_call = int(bool(alerts) or any(each.hold_result_until_call for each in services))
	progress.recount(order, ordered(order), lost)
