"""What a Booking Policy would have done with last month's bookings, told before it is switched on (F97).

Reads a few lists, however many bookings there are, and writes nothing. A patient's misses are counted as they
were known when each booking was made, late cancellations by the window of the policy that is looked at.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import frappe
from frappe import _
from frappe.query_builder.functions import Min
from frappe.utils import add_months, flt

from lab_crm.booking import policy
from lab_crm.booking.policy import SCOPE, STORED, Policy
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal
from lab_crm.utils.rights import require

DOCTYPE = "Booking Policy"
DAYS = 30
MOST, SHOWN = 30_000, 50
CAME, MISSED = ("Checked In", "Completed"), "No Show"
FIELDS = (
	"name", "patient", "patient_name", "branch", "funding", "status", "start", "creation", "total",
	"cancelled_by", "cancelled_at",
)  # fmt: skip


@frappe.whitelist()
def last_month(values: str) -> dict[str, Any]:
	"""Say what the policy, as it stands in the form, would have done in the last 30 days.

	Args:
		values: the document as JSON, stored or not.

	Returns:
		`from`, `to`, `bookings`, `applies`, `effects` [{key, label, count, patients, sum}], `rows` of those
		who would have been asked for a prepayment, `is_cut`: there were more bookings than are looked at.

	Raises:
		frappe.PermissionError: the user may not change policies.
		Refusal: POLICY_INVALID.
	"""
	require(DOCTYPE, "write")
	doc = _read(values)
	until = clock.now()
	since = until - timedelta(days=DAYS)
	bookings = _bookings(since, until)
	ruled = _ruled(doc, bookings[:MOST], _kinds(since, until))
	rules = policy.stated(doc)
	outcome = Outcome(rules, _misses(rules, since, until), _arrivals(since, until))
	for one in ruled:
		outcome.weigh(one)
	return {
		"from": str(since.date()),
		"to": str(until.date()),
		"bookings": min(len(bookings), MOST),
		"applies": len(ruled),
		"effects": outcome.effects(),
		"rows": outcome.rows[:SHOWN],
		"is_cut": len(bookings) > MOST,
	}


@dataclass(frozen=True)
class Miss:
	"""A visit that a patient missed, and when that was known."""

	booking: str
	known_at: datetime
	start: datetime


@dataclass
class Group:
	"""Bookings that the policy would have touched in one way."""

	count: int = 0
	patients: set[str] = field(default_factory=set)
	sum: float = 0

	def add(self, patient: str, amount: float) -> None:
		"""Count one booking."""
		self.count += 1
		self.patients.add(patient)
		self.sum += amount


@dataclass
class Outcome:
	"""The effects of a policy, booking by booking."""

	rules: Policy
	misses: dict[str, list[Miss]]
	arrivals: dict[str, datetime]
	groups: dict[str, Group] = field(default_factory=lambda: defaultdict(Group))
	rows: list[dict[str, Any]] = field(default_factory=list)

	def weigh(self, one) -> None:
		"""Add what the policy would have done with one booking."""
		if one.cancelled_by != "System":
			self._prepayment(one)
		if _is_late(one, self.rules):
			self.groups["late"].add(one.patient, flt(one.total))
		if one.status == MISSED:
			self.groups["missed"].add(one.patient, flt(one.total))
			if self.rules.rebook_hours:
				self.groups["offers"].add(one.patient, 0)
		grace = timedelta(minutes=self.rules.no_show_grace_minutes or 0)
		arrived = self.arrivals.get(one.name)
		if grace and arrived and arrived >= one.start + grace:
			self.groups["arrived_later"].add(one.patient, flt(one.total))
		for hours, _event in self.rules.reminders:
			moment = one.start - timedelta(hours=hours)
			if one.creation < moment and not (one.cancelled_at and one.cancelled_at <= moment):
				self.groups["reminders"].add(one.patient, 0)

	def _prepayment(self, one) -> None:
		misses = self._known_misses(one)
		asked = self.rules.prepay_always or (self.rules.prepay_after and misses >= self.rules.prepay_after)
		amount = self.rules.prepayment(flt(one.total)) if asked else 0
		if not amount:
			return
		self.groups["prepay"].add(one.patient, amount)
		if one.status == MISSED or _is_late(one, self.rules):
			self.groups["prepay_missed"].add(one.patient, amount)
		elif one.status in CAME:
			self.groups["prepay_came"].add(one.patient, amount)
		self.rows.append(
			{
				"booking": one.name,
				"patient_name": one.patient_name,
				"start": str(one.start),
				"misses": misses,
				"prepayment": amount,
				"status": _(one.status),
			}
		)

	def _known_misses(self, one) -> int:
		"""How many misses of the patient were known when the booking was made."""
		since = add_months(one.creation, -(self.rules.misses_months or 0))
		known = self.misses.get(one.patient, ())
		return sum(
			miss.known_at <= one.creation and miss.start >= since and miss.booking != one.name
			for miss in known
		)

	def effects(self) -> list[dict[str, Any]]:
		"""Return the groups in their order, each with its words."""
		return [
			{
				"key": key,
				"label": label,
				"count": self.groups[key].count,
				"patients": len(self.groups[key].patients),
				"sum": round(self.groups[key].sum, 2),
			}
			for key, label in _labels().items()
		]


def _labels() -> dict[str, str]:
	return {
		"prepay": _("would have been kept only with a prepayment"),
		"prepay_missed": _("of these, the patient did not come or cancelled late"),
		"prepay_came": _("of these, the patient came"),
		"late": _("cancellations that count as late"),
		"missed": _("no-shows"),
		"arrived_later": _("patients who came after the grace: they would have been no-shows at first"),
		"offers": _("offers of another time after a no-show"),
		"reminders": _("reminders"),
	}


def _read(values: str):
	"""Return the form's values as a document that is never stored."""
	given = frappe.parse_json(values)
	if not isinstance(given, dict):
		raise Refusal("POLICY_INVALID", _("This is no booking policy"), field="values")
	doc = frappe.new_doc(DOCTYPE)
	kept = ("priority", *SCOPE, *STORED)
	doc.update({key: given[key] for key in kept if given.get(key) is not None})
	steps = [row for row in given.get("reminders") or () if isinstance(row, dict)]
	names = ("hours_before", "event")
	doc.set("reminders", [{name: row.get(name) for name in names} for row in steps])
	doc._fix_numeric_types()
	for row in doc.reminders:
		row._fix_numeric_types()
	return doc


def _ruled(doc, bookings: Iterable[Any], kinds: dict[str, set[str]]) -> list[Any]:
	"""Return the bookings to which this policy would apply among the active ones."""
	others = frappe.get_all(
		DOCTYPE, {"is_active": 1, "name": ("!=", doc.name or "")}, ["name", "priority", *SCOPE]
	)
	own = frappe._dict({key: doc.get(key) for key in ("name", "priority", *SCOPE)})
	rows = [*others, own]
	chosen: dict[tuple, bool] = {}
	found = []
	for one in bookings:
		key = (one.branch, frozenset(kinds.get(one.name, ())), one.funding)
		if key not in chosen:
			chosen[key] = policy.choose(rows, *key) is own
		if chosen[key]:
			found.append(one)
	return found


def _bookings(since: datetime, until: datetime) -> list[Any]:
	filters = {"start": ("between", [since, until])}
	return frappe.get_all("Booking", filters, list(FIELDS), order_by="start desc", limit=MOST + 1)


def _kinds(since: datetime, until: datetime) -> dict[str, set[str]]:
	"""The kinds of services of each booking."""
	booking, line = frappe.qb.DocType("Booking"), frappe.qb.DocType("Booking Service")
	rows = (
		frappe.qb.from_(line)
		.join(booking)
		.on(booking.name == line.parent)
		.select(line.parent, line.kind)
		.distinct()
		.where(booking.start[since:until])
		.run()
	)
	found: dict[str, set[str]] = defaultdict(set)
	for name, kind in rows:
		found[name].add(kind)
	return found


def _misses(rules: Policy, since: datetime, until: datetime) -> dict[str, list[Miss]]:
	"""Return, by patient of the month, when each miss was known and when the visit should have been."""
	booking, recent = frappe.qb.DocType("Booking"), frappe.qb.DocType("Booking").as_("recent")
	patients = frappe.qb.from_(recent).select(recent.patient).where(recent.start[since:until])
	by_patient = (booking.status == "Cancelled") & (booking.cancelled_by == "Patient")
	rows = (
		frappe.qb.from_(booking)
		.select(booking.name, booking.patient, booking.status, booking.start)
		.select(booking.cancelled_at, booking.cancelled_by)
		.where(booking.start >= add_months(since, -(rules.misses_months or 0) - 1))
		.where((booking.status == MISSED) | by_patient)
		.where(booking.patient.isin(patients))
		.run(as_dict=True)
	)
	found: dict[str, list[Miss]] = defaultdict(list)
	grace = timedelta(minutes=rules.no_show_grace_minutes or 0)
	for row in rows:
		if row.status == MISSED:
			found[row.patient].append(Miss(row.name, row.start + grace, row.start))
		elif _is_late(row, rules):
			found[row.patient].append(Miss(row.name, row.cancelled_at, row.start))
	return found


def _arrivals(since: datetime, until: datetime) -> dict[str, datetime]:
	"""When the patients of the month were checked in, by booking."""
	booking, event = frappe.qb.DocType("Booking"), frappe.qb.DocType("Journey Event")
	rows = (
		frappe.qb.from_(event)
		.join(booking)
		.on(booking.name == event.booking)
		.select(event.booking, Min(event.occurred_at))
		.where(event.event == "visit.checked_in")
		.where(booking.start[since:until])
		.groupby(event.booking)
		.run()
	)
	return dict(rows)


def _is_late(one, rules: Policy) -> bool:
	if one.status != "Cancelled" or one.cancelled_by != "Patient" or not one.cancelled_at:
		return False
	return one.cancelled_at > one.start - timedelta(hours=rules.cancellation_hours or 0)
