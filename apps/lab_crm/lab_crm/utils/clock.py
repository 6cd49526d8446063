"""Time: the database holds naive datetimes in the site's zone; people see their branch's zone."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import frappe
from frappe.utils import get_system_timezone


def site_zone() -> ZoneInfo:
	"""Return the zone in which datetimes are stored."""
	return ZoneInfo(get_system_timezone())


def now() -> datetime:
	"""Return the current time, naive, in the site's zone."""
	return datetime.now(UTC).astimezone(site_zone()).replace(tzinfo=None)


def to_zone(stored: datetime, zone: str | ZoneInfo) -> datetime:
	"""Return a stored (naive, site zone) time as an aware time in `zone`."""
	return stored.replace(tzinfo=site_zone()).astimezone(_zone(zone))


def from_aware(moment: datetime) -> datetime:
	"""Return an aware time as the naive site-zone time to store.

	Raises:
		ValueError: the time has no offset, so it could mean two moments.
	"""
	if moment.tzinfo is None:
		raise ValueError("a time without an offset")
	return moment.astimezone(site_zone()).replace(tzinfo=None)


def from_zone(local: datetime, zone: str | ZoneInfo) -> datetime:
	"""Return a naive wall-clock time of `zone` as the naive site-zone time to store."""
	return from_aware(local.replace(tzinfo=_zone(zone)))


def _zone(zone: str | ZoneInfo) -> ZoneInfo:
	return (
		zone
		if isinstance(zone, ZoneInfo)
		else ZoneInfo(zone or frappe.db.get_single_value("System Settings", "time_zone"))
	)
