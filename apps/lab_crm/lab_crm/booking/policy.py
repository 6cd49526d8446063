"""Which Booking Policy applies, and what it says (F14, F97; the rules themselves are documents)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import frappe
from frappe.utils.caching import request_cache


@dataclass(frozen=True)
class Policy:
	"""The rules of one booking.

	Args:
		name: the document they come from; empty when none applies.
		cancellation_hours: a cancellation nearer to the visit is a late one.
		patient_change_hours: patients may cancel or move until then; 0: until the visit starts.
		hold_minutes: how long an unpaid or unconfirmed booking keeps its slot.
		offer_minutes: how long a freed time is kept for the one on the waiting list to whom it is offered.
		no_show_grace_minutes: how long after the start a patient becomes a no-show; 0: by hand only.
		rebook_hours: how long after a missed visit another time may be offered; 0: never.
		prepay_after: misses after which a booking needs a prepayment; 0: never.
		misses_months: how far back misses are counted.
		prepay_always: every booking needs a prepayment, whoever books (a paid reservation).
		prepay_kind: Percent or Fixed.
		prepay_percent: of the price of the visit.
		prepay_amount: a fixed prepayment, in the currency of the prices; never more than the visit costs.
		override_role: who may book without the prepayment, with a reason.
		reminders: hours before the visit, and the message event of each.
	"""

	name: str = ""
	cancellation_hours: int = 24
	patient_change_hours: int = 0
	hold_minutes: int = 15
	offer_minutes: int = 30
	no_show_grace_minutes: int = 30
	rebook_hours: int = 48
	prepay_after: int = 0
	misses_months: int = 12
	prepay_always: int = 0
	prepay_kind: str = "Percent"
	prepay_percent: float = 100
	prepay_amount: float = 0
	override_role: str = "Lab Administrator"
	reminders: tuple[tuple[int, str], ...] = ((24, "booking.reminder"),)

	def prepayment(self, total: float) -> float:
		"""Return the prepayment of a visit that costs `total`; 0 for a free one."""
		if self.prepay_kind == "Fixed":
			return round(min(float(self.prepay_amount or 0), total), 2)
		return round(total * float(self.prepay_percent or 0) / 100, 2)


SCOPE = ("branch", "service_kind", "funding")
# Fields of the document with the same name in `Policy`.
STORED = (
	"name", "cancellation_hours", "patient_change_hours", "hold_minutes", "offer_minutes",
	"no_show_grace_minutes", "rebook_hours", "prepay_after", "misses_months", "prepay_always",
	"prepay_kind", "prepay_percent", "prepay_amount", "override_role",
)  # fmt: skip


def choose(rows: Iterable[Any], branch: str, kinds: Iterable[str], funding: str) -> Any | None:
	"""Return the row that applies; None when none fits.

	The highest priority wins, then the narrowest scope (the more of branch, kind and funding it names), then
	a branch before a kind before a funding, then the first name.
	"""
	wanted = {"branch": {branch}, "service_kind": set(kinds), "funding": {funding}}
	fitting = [
		row for row in rows if all(not row.get(field) or row.get(field) in wanted[field] for field in SCOPE)
	]
	return min(
		fitting,
		key=lambda row: (
			-(row.get("priority") or 0),
			-sum(bool(row.get(field)) for field in SCOPE),
			[not row.get(field) for field in SCOPE],
			row.get("name") or "",
		),
		default=None,
	)


def of(booking) -> Policy:
	"""Return the policy of a Booking document."""
	return for_visit(booking.branch, {row.kind for row in booking.services}, booking.funding)


def for_visit(branch: str, kinds: Iterable[str], funding: str = "Self-pay") -> Policy:
	"""Return the policy of a visit to a branch for services of some kinds."""
	row = choose(_active(), branch, kinds, funding)
	if not row:
		return Policy()
	return stated(frappe.get_cached_doc("Booking Policy", row.name))


def stated(doc) -> Policy:
	"""Return what a Booking Policy document says, stored or as it stands in a form."""
	return Policy(
		**{field: doc.get(field) for field in STORED},
		reminders=tuple((step.hours_before, step.event) for step in doc.reminders),
	)


@request_cache
def _active() -> list[Any]:
	return frappe.get_all("Booking Policy", filters={"is_active": 1}, fields=["name", "priority", *SCOPE])


def forget() -> None:
	"""Read the policies anew: one of them has been changed."""
	getattr(frappe.local, "request_cache", {}).pop(_active.__wrapped__, None)
