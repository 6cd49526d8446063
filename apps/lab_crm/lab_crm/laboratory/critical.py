"""Critical values: somebody is told at once, and it is seen when nobody called in time.

Who is told is a Frappe Notification shipped by `setup.py`, so an administrator changes it without code.
"""

from collections.abc import Collection
from datetime import timedelta

import frappe
from frappe import _
from frappe.desk.doctype.notification_log.notification_log import enqueue_create_notification

from lab_crm.journey import events
from lab_crm.laboratory import observations as obs
from lab_crm.laboratory import progress
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal
from lab_crm.utils.workflow import system_move

OPEN, ACKNOWLEDGED, CLOSED = "Open", "Acknowledged", "Closed"
ESCALATE_TO = "Lab Director"


def raise_alerts(order, result, rows: list[dict], told: Collection[str] = ()) -> list[str]:
	"""Make a Critical Alert of every critical value of a result just stored, and hold the order for the
	doctor's call; and of every value that changed more than its delta rule allows, without holding it.

	An alert of the same analyte that nobody has taken up yet is pointed at the new result instead of doubled.

	Args:
		order: Lab Order document, locked and saved later by the caller.
		result: Lab Result document; its first rows are `rows`.
		rows: the values of the report with `critical` and `change`.
		told: codes of values that raised their alerts when the report was read before; theirs that nobody has
			closed follow the new result.

	Returns:
		Names of the new alerts.
	"""
	pairs = [(row, item) for row, item in zip(rows, result.items, strict=False) if _counts(item)]
	found = [(row, item) for row, item in pairs if row["critical"] or row["change"]]
	_follow(order, result, [item for row, item in found if row["code"] in told])
	found = [(row, item) for row, item in found if row["code"] not in told]
	if not found:
		return []
	settings = frappe.get_cached_doc("Laboratory Settings")
	if settings.hold_critical_until_call and any(row["critical"] for row, _item in found):
		order.hold_until_call = 1
	alerts = [_alert(order, result, item, settings, row["change"]) for row, item in found]
	booking = frappe.db.get_value("Visit", order.visit, "booking") if order.visit else None
	keys = {"booking": booking, "visit": order.visit, "lab_order": order.name, "lab_result": result.name}
	events.emit("order.critical", patient=order.patient, alerts=alerts, **keys)
	return alerts


def _follow(order, result, items: list) -> None:
	"""Point alerts that nobody has closed at the same values of the result that took the place of theirs."""
	for item in items:
		about = {"order": order.name, "analyte_name": item.analyte_name, "status": ("!=", CLOSED)}
		frappe.db.set_value("Critical Alert", about, {"result": result.name, "item": item.name})


def _counts(item) -> bool:
	return item.status != obs.CANCELLED


def _alert(order, result, item, settings, change: str) -> str:
	name = frappe.db.get_value(
		"Critical Alert", {"order": order.name, "analyte_name": item.analyte_name, "status": OPEN}
	)
	doc = frappe.get_doc("Critical Alert", name) if name else frappe.new_doc("Critical Alert")
	doc.update(
		{
			"patient": order.patient,
			"patient_name": result.patient_name,
			"order": order.name,
			"branch": order.branch,
			"result": result.name,
			"item": item.name,
			"analyte_name": item.analyte_name,
			"value": f"{item.value} {item.unit or ''}".strip(),
			"flag": item.flag,
			"reference_text": item.reference_text,
			"change_text": change,
			"deadline": doc.deadline or clock.now() + timedelta(minutes=settings.critical_call_minutes or 60),
		}
	)
	# Safe: follows from a report matched to the order; people cannot create alerts.
	doc.save(ignore_permissions=True)
	return doc.name


@frappe.whitelist(methods=["POST"])
def acknowledge(alert: str) -> None:
	"""Take an alert up: the doctor at the screen will call the patient.

	Raises:
		Refusal: `ALREADY_TAKEN` by another doctor.
	"""
	doc = _alert_for_doctor(alert)
	if doc.status != OPEN:
		if doc.responsible == frappe.session.user:
			return
		raise Refusal("ALREADY_TAKEN", _("{0} has taken it up already").format(doc.responsible), status=409)
	system_move(doc, ACKNOWLEDGED, responsible=frappe.session.user)


@frappe.whitelist(methods=["POST"])
def record_call(alert: str, comment: str) -> None:
	"""Record that the patient was called and what was said; closes the alert and lets the order be announced.

	The order is announced when no alert of it is left open.

	Raises:
		Refusal: `COMMENT_MISSING`.
	"""
	doc = _alert_for_doctor(alert)
	if not (comment or "").strip():
		raise Refusal("COMMENT_MISSING", _("Write whom you called and what you advised"), "comment")
	if doc.status == CLOSED:
		return
	called = {"called_at": clock.now(), "responsible": frappe.session.user, "comment": comment.strip()}
	system_move(doc, CLOSED, **called)
	if not frappe.db.exists("Critical Alert", {"order": doc.order, "status": ("!=", CLOSED)}):
		progress.release(doc.order)


def _alert_for_doctor(alert: str):
	doc = frappe.get_doc("Critical Alert", alert, for_update=True)
	doc.check_permission("write")
	if 1 not in doc.get_permlevel_access("write"):
		raise frappe.PermissionError
	return doc


def escalate() -> int:
	"""Tell the director about alerts nobody closed in time (scheduler, every five minutes); return how
	many."""
	now = clock.now()
	late = frappe.get_all(
		"Critical Alert",
		filters={"status": ("!=", CLOSED), "deadline": ("<", now), "escalated_at": ("is", "not set")},
		fields=["name", "patient_name"],
		limit=200,
	)
	if not late:
		return 0
	people = _users_with_role(ESCALATE_TO)
	for alert in late:
		_notify(people, alert)
		frappe.db.set_value("Critical Alert", alert.name, "escalated_at", now)
	return len(late)


def _users_with_role(role: str) -> list[str]:
	has_role, user = frappe.qb.DocType("Has Role"), frappe.qb.DocType("User")
	rows = (
		frappe.qb.from_(has_role)
		.join(user)
		.on(user.name == has_role.parent)
		.select(user.email)
		.where((has_role.role == role) & (has_role.parenttype == "User") & (user.enabled == 1))
		.run()
	)
	return [email for (email,) in rows if email]


def _notify(people: list[str], alert) -> None:
	text = _("Nobody has called about the critical result of {0} in time").format(
		frappe.bold(alert.patient_name)
	)
	log = {"type": "Alert", "document_type": "Critical Alert", "document_name": alert.name, "subject": text}
	enqueue_create_notification(people, {**log, "from_user": "Administrator"})
