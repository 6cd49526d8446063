"""What the schedule board asks the server for (F6)."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import frappe
from frappe import _

from lab_crm.booking import board, service
from lab_crm.utils.errors import Refusal


@frappe.whitelist(methods=["GET"])
def get_branches() -> list[dict[str, str]]:
	"""Return the open branches that the user may see: `name` and `branch_name`.

	Raises:
		frappe.PermissionError: the user may not read bookings.
	"""
	_require_reader()
	return board.permitted_branches()


@frappe.whitelist(methods=["GET"])
def get_board(branches: list | str, first_day: str, days: int = 1) -> dict[str, Any]:
	"""Return some days of some branches, as `board.read` does.

	Args:
		branches: names of Lab Branches (a JSON list from the desk).
		first_day: local day of each branch, ISO 8601.
		days: 1 to 7.

	Raises:
		frappe.PermissionError: the user may not read bookings.
		Refusal: RANGE_INVALID, DATE_INVALID.
	"""
	_require_reader()
	names = [str(name) for name in frappe.parse_json(branches) or []]
	return board.read(names, _parsed(date, first_day, "first_day"), days)


@frappe.whitelist(methods=["POST"])
def move(
	booking: str,
	start: str,
	seen: str,
	branch: str,
	specialist: str | None = None,
	resource: str | None = None,
) -> dict[str, str]:
	"""Move a booking to another time or place by the rules of `service.reschedule` for staff.

	Args:
		booking: name of the Booking.
		start: new start, wall-clock time of the branch, ISO 8601 without an offset.
		seen: the stored start that the user saw.
		branch: where to; the same one or another.
		specialist, resource: in whose column it was dropped.

	Returns:
		`booking` and its stored `start`.

	Raises:
		frappe.PermissionError: the user may not change the booking, or not as it would be then.
		Refusal: DATE_INVALID, and as `service.reschedule`.
	"""
	doc, place = frappe.get_doc("Booking", booking), frappe.get_doc("Lab Branch", branch)
	doc.check_permission("write")
	place.check_permission("read")
	moved = service.reschedule(
		booking,
		_parsed(datetime, start, "start").replace(tzinfo=ZoneInfo(place.timezone)),
		specialist or None,
		branch=branch if branch != doc.branch else None,
		resource=resource or None,
		seen=_parsed(datetime, seen, "seen"),
		online=False,
	)
	# A user bound to a specialist or a branch may not move a booking to where he could not read it.
	moved.check_permission("write")
	return {"booking": moved.name, "start": moved.start.isoformat()}


def _require_reader() -> None:
	if not frappe.has_permission("Booking", "read"):
		frappe.throw(_("You have no access to this"), frappe.PermissionError)


def _parsed(kind: type, text: str, field: str):
	try:
		value = kind.fromisoformat(text)
	except ValueError:
		value = None
	if value is None or getattr(value, "tzinfo", None):
		raise Refusal("DATE_INVALID", _("A date is expected, as 2026-11-21"), field=field)
	return value
