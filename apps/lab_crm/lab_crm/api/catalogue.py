"""What the laboratory offers and where: for the website, before anybody signs in."""

from datetime import datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import frappe
from frappe import _
from pydantic import Field
from typing_extensions import TypedDict

from lab_crm.api.arguments import Text
from lab_crm.api.endpoint import endpoint
from lab_crm.catalogue import services
from lab_crm.utils.errors import Refusal

BRANCH_FIELDS = (
	"name", "branch_name", "city", "address", "phone", "opening_hours", "how_to_find", "latitude",
	"longitude", "timezone", "horizon_days", "is_bookable_online",
)  # fmt: skip
Kind = Literal["Test", "Panel", "Procedure", "Consultation", "Certificate"]


class Services(TypedDict):
	"""A page of services and how many there are in all."""

	services: list[dict[str, Any]]
	total: int


class Branches(TypedDict):
	"""The branches at work."""

	branches: list[dict[str, Any]]


@endpoint(guest=True, rate=(240, 60))
def get_services(
	branch: Text | None = None,
	search: Text | None = None,
	start: Annotated[int, Field(ge=0, le=100_000)] = 0,
	page_length: Annotated[int, Field(ge=1, le=services.MOST_AT_ONCE)] = 20,
	kind: Kind | None = None,
	category: Text | None = None,
) -> Services:
	"""Return services that can be booked online, with the prices of the branch; found by name, synonym or
	code.
	"""
	if branch:
		check_branch(branch)
	return services.list_services(branch, search, start, page_length, kind, category, online_only=True)


@endpoint(guest=True, rate=(120, 60))
def get_branches() -> Branches:
	"""Return the active branches with address, hours, coordinates and the offset of their time from UTC in
	minutes.
	"""
	filters = {"is_active": 1}
	rows = frappe.get_all(
		"Lab Branch", filters=filters, fields=list(BRANCH_FIELDS), order_by="city, branch_name"
	)
	return {
		"branches": [
			{**row, "is_bookable_online": bool(row.is_bookable_online), "offset": _offset(row.timezone)}
			for row in rows
		]
	}


def check_branch(branch: str) -> None:
	"""Raise Refusal BRANCH_UNKNOWN (404) unless there is an active branch of this name."""
	if not frappe.db.exists("Lab Branch", {"name": branch, "is_active": 1}):
		raise Refusal("BRANCH_UNKNOWN", _("There is no such branch"), field="branch", status=404)


def _offset(zone: str) -> int:
	return int(datetime.now(ZoneInfo(zone)).utcoffset().total_seconds()) // 60
