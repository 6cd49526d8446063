"""Who is due for a control: the active rules turn finished visits into Recalls (F43, F44).

Running it again finds nothing new: the unique `source_key` (rule, patient, day of the visit) decides.
"""

from collections.abc import Iterator
from datetime import date

import frappe
from frappe import _

from lab_crm.recall import sending, visits
from lab_crm.recall.due import Interval, slices
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal
from lab_crm.utils.names import random_name

SAVEPOINT = "recall_rule"
COLUMNS = (
	"name", "creation", "modified", "owner", "modified_by",
	"patient", "rule", "service", "due_on", "status", "reason", "source_order", "source_key",
)  # fmt: skip


def run_daily() -> None:
	"""Plan the recalls of all active rules and have those sent that are due (scheduler, once a day)."""
	for rule in frappe.get_all("Recall Rule", {"is_active": 1}, pluck="name", order_by="creation"):
		_plan_or_report(rule)
	sending.start()


def plan(rule: str, today: date) -> int:
	"""Plan the recalls that a rule calls for on a day; return how many are new.

	Args:
		rule: name of the Recall Rule.
		today: day of the site.
	"""
	doc = frappe.get_doc("Recall Rule", rule)
	interval = interval_of(doc)
	planned = 0
	for found in _due(doc, interval, today):
		new = _unknown({_key(rule, seen): seen for seen in found})
		if new:
			_insert(doc, interval, new)
		planned += len(new)
	return planned


def count(rule: str, today: date) -> int:
	"""Return how many recalls a rule would plan on a day, planning none.

	Args:
		rule: name of the Recall Rule, active or not.
		today: day of the site.
	"""
	doc = frappe.get_doc("Recall Rule", rule)
	pieces = _due(doc, interval_of(doc), today)
	return sum(len(_unknown({_key(rule, seen): seen for seen in found})) for found in pieces)


def interval_of(rule) -> Interval:
	"""Return when a Recall Rule calls."""
	return Interval(rule.months, rule.lead_days or 0, rule.max_late_days or 0)


@frappe.whitelist(methods=["POST"])
def run_now(rule: str) -> dict[str, int]:
	"""Plan what a rule calls for today and have it sent, without waiting for tomorrow's run.

	Args:
		rule: name of the Recall Rule.

	Returns:
		`planned`: how many recalls are new; a worker sends them.

	Raises:
		frappe.PermissionError: the user may not change rules.
		Refusal: RULE_INACTIVE.
	"""
	doc = frappe.get_doc("Recall Rule", rule)
	doc.check_permission("write")
	if not doc.is_active:
		raise Refusal("RULE_INACTIVE", _("The rule is switched off"), "is_active")
	planned = plan(rule, clock.now().date())
	sending.start(rule)
	return {"planned": planned}


@frappe.whitelist()
def preview(rule: str, on: str | None = None) -> dict[str, int]:
	"""Say how many patients a rule would invite on a day; nothing is planned or sent.

	Args:
		rule: name of the Recall Rule, switched on or not.
		on: ISO date; today when None.

	Raises:
		frappe.PermissionError: the user may not change rules.
		Refusal: DATE_INVALID.
	"""
	frappe.get_doc("Recall Rule", rule).check_permission("write")
	try:
		day = date.fromisoformat(on) if on else clock.now().date()
	except ValueError:
		raise Refusal("DATE_INVALID", _("This is no date"), "on") from None
	return {"patients": count(rule, day)}


def _plan_or_report(rule: str) -> None:
	"""Plan one rule; a fault of one must not silence the others."""
	frappe.db.savepoint(SAVEPOINT)
	try:
		plan(rule, clock.now().date())
	except Exception:
		frappe.db.rollback(save_point=SAVEPOINT)
		frappe.log_error(title=f"Recall Rule: {rule}", message=frappe.get_traceback())
	frappe.db.commit()


def _due(rule, interval: Interval, today: date) -> Iterator[list[visits.Seen]]:
	"""Yield the visits that call today, a week of them at a time."""
	window = interval.window(today)
	what = visits.watched(rule)
	if window and what.services:
		for first, end in slices(*window):
			yield list(visits.last_seen(what, first, end, today))


def source_key(rule: str, patient: str, day: str) -> str:
	"""Return what tells the recall of a visit from others.

	Args:
		rule, patient: names.
		day: ISO date on which the patient came.
	"""
	return f"{rule}|{patient}|{day}"


def _key(rule: str, seen: visits.Seen) -> str:
	return source_key(rule, seen.patient, f"{seen.visited_on:%Y-%m-%d}")


def _unknown(found: dict[str, visits.Seen]) -> dict[str, visits.Seen]:
	"""Return those of the visits that have no recall yet."""
	if not found:
		return {}
	known = set(frappe.get_all("Recall", {"source_key": ("in", list(found))}, pluck="source_key"))
	return {key: seen for key, seen in found.items() if key not in known}


def _insert(rule, interval: Interval, new: dict[str, visits.Seen]) -> None:
	"""Write many recalls at once; one that another run has just written is left as it is."""
	now, user = clock.now(), frappe.session.user
	rows = (
		(
			*(random_name("RCL"), now, now, user, user),
			*(seen.patient, rule.name, rule.service or seen.service, interval.due_on(seen.done_on)),
			*("Planned", rule.reason, seen.order, key),
		)
		for key, seen in new.items()
	)
	frappe.db.bulk_insert("Recall", COLUMNS, rows, ignore_duplicates=True)
