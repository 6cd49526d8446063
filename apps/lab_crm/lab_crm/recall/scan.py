"""Who is due for a control: the active rules turn completed visits into Recalls (F43, F44).

Running it again finds nothing new: the unique `source_key` (rule, patient, due date) decides.
"""

from datetime import date

import frappe
from frappe import _

from lab_crm.recall import sending, visits
from lab_crm.recall.due import Interval
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal
from lab_crm.utils.once import insert_once


def run_daily() -> None:
	"""Plan the recalls of all active rules and send those that are due (scheduler, once a day)."""
	for rule in frappe.get_all("Recall Rule", {"is_active": 1}, pluck="name", order_by="creation"):
		plan(rule, clock.now().date())
		frappe.db.commit()
	sending.send_planned()


def plan(rule: str, today: date) -> int:
	"""Plan the recalls that a rule calls for on a day; return how many are new.

	Args:
		rule: name of the Recall Rule.
		today: local day of the site.
	"""
	doc = frappe.get_doc("Recall Rule", rule)
	interval = Interval(doc.months, doc.lead_days or 0, doc.max_late_days or 0)
	services = services_of(doc)
	if not services:
		return 0
	found = visits.last_in(services, *interval.window(today))
	due = {patient: last for patient, last in found.items() if interval.calls(last.date(), today)}
	for patient in visits.seen_later(services, due) | _not_active(due):
		del due[patient]
	keys = {_key(rule, patient, interval.due_on(last.date())): patient for patient, last in due.items()}
	new = [key for key in keys if key not in _known(list(keys))] if keys else []
	for key in new:
		patient = keys[key]
		_insert(doc, patient, interval.due_on(due[patient].date()), key)
	return len(new)


def services_of(rule) -> list[str]:
	"""Return the services a rule watches: its one service, or all of its category."""
	if rule.service:
		return [rule.service]
	return frappe.get_all("Lab Service", {"category": rule.category}, pluck="name")


@frappe.whitelist(methods=["POST"])
def run_now(rule: str) -> dict[str, int]:
	"""Plan and send what a rule calls for today, without waiting for tonight.

	Args:
		rule: name of the Recall Rule.

	Returns:
		`planned` and `sent`: numbers of recalls.

	Raises:
		frappe.PermissionError: the user may not change rules.
		Refusal: RULE_INACTIVE.
	"""
	doc = frappe.get_doc("Recall Rule", rule)
	doc.check_permission("write")
	if not doc.is_active:
		raise Refusal("RULE_INACTIVE", _("The rule is switched off"), "is_active")
	planned = plan(rule, clock.now().date())
	return {"planned": planned, "sent": sending.send_planned(rule)}


def _not_active(patients: dict) -> set[str]:
	filters = {"name": ("in", list(patients)), "status": ("!=", "Active")}
	return set(frappe.get_all("Patient", filters, pluck="name")) if patients else set()


def _known(keys: list[str]) -> set[str]:
	return set(frappe.get_all("Recall", {"source_key": ("in", keys)}, pluck="source_key"))


def _key(rule: str, patient: str, due_on: date) -> str:
	return f"{rule}|{patient}|{due_on:%Y-%m-%d}"


def _insert(rule, patient: str, due_on: date, key: str) -> None:
	doc = frappe.new_doc("Recall")
	doc.update(
		{"patient": patient, "rule": rule.name, "service": rule.service or _of_category(rule, patient)}
	)
	doc.update({"due_on": due_on, "reason": rule.reason, "source_key": key, "status": "Planned"})
	# Safe without permissions: what is inserted comes from the rule and from finished visits, by the scheduler.
	insert_once(doc, "source_key")


def _of_category(rule, patient: str) -> str | None:
	"""Return the service of the category that this patient had last."""
	row, booking = frappe.qb.DocType("Booking Service"), frappe.qb.DocType("Booking")
	query = frappe.qb.from_(booking).join(row).on(row.parent == booking.name).select(row.service)
	query = query.where((booking.patient == patient) & row.service.isin(services_of(rule)))
	found = query.orderby(booking.start, order=frappe.qb.desc).limit(1).run()
	return found[0][0] if found else None
