"""A patient whose test was done half a year ago, and the rule that calls for its control."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import frappe

from lab_crm.booking.tests.support import insert, publish_forms
from lab_crm.utils import clock

DONE = datetime(2026, 7, 15, 9, 0)
TODAY = date(2027, 1, 15)


@dataclass(frozen=True)
class Control:
	"""Names of what is arranged."""

	patient: str
	branch: str
	service: str
	rule: str
	order: str


def arrange(make, moment: datetime = DONE, months: int = 6) -> Control:
	"""Arrange a control: everything is new, nobody else is called by the rule.

	Args:
		make: factories.
		moment: stored time at which the patient came.
		months: of the rule.
	"""
	publish_forms()
	service = make.service(sample_type=make.sample_type().name).name
	branch = make.branch(horizon_days=60, lead_minutes=60).name
	make.resource(branch)
	patient = make.patient().name
	return Control(
		patient=patient,
		branch=branch,
		service=service,
		rule=rule(months=months, service=service),
		order=order(patient, branch, service, moment),
	)


def rule(**fields) -> str:
	"""Make a Recall Rule and return its name."""
	title = f"Контроль {fields.get('service') or fields.get('category')} {frappe.generate_hash(length=6)}"
	defaults = {"rule_name": title, "months": 6, "reason": "Врач рекомендовал контроль.", "gap_days": 0}
	return insert("Recall Rule", **{**defaults, **fields}).name


def order(patient: str, branch: str, service: str, moment: datetime, panel: str | None = None) -> str:
	"""Make an order that was finished six hours after a moment and return its name."""
	doc = frappe.new_doc("Lab Order")
	doc.update({"patient": patient, "branch": branch, "ordered_at": moment})
	doc.append("items", {"service": service, "from_panel": panel})
	doc.insert(ignore_permissions=True)
	values = {"status": "Ready", "ordered_at": moment, "completed_on": moment + timedelta(hours=6)}
	frappe.db.set_value("Lab Order", doc.name, values)
	return doc.name


def booking(control: Control, days: int, status: str = "Booked", **fields) -> str:
	"""Write a booking of the control's service, some days from now, in a status; return its name."""
	start = (clock.now() + timedelta(days=days)).replace(hour=10, minute=0, second=0, microsecond=0)
	values = {"patient": control.patient, "branch": control.branch, "channel": "Phone", "start": start}
	doc = frappe.new_doc("Booking")
	doc.update({**values, "override_schedule": 1, "override_reason": "Проба"})
	doc.append("services", {"service": fields.pop("service", control.service)})
	doc.flags.system_move = True
	doc.insert(ignore_permissions=True)
	frappe.db.set_value("Booking", doc.name, {"status": status, **fields})
	return doc.name


def recalls(control: Control) -> list:
	"""Return the recalls of the control's rule."""
	names = frappe.get_all("Recall", {"rule": control.rule}, pluck="name", order_by="creation, name")
	return [frappe.get_doc("Recall", name) for name in names]


def planned(control: Control):
	"""Plan the control and return its Recall."""
	from lab_crm.recall import scan

	scan.plan(control.rule, TODAY)
	[recall] = recalls(control)
	return recall
