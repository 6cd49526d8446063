"""What changes seldom and is read by every search: a branch, who and what can be booked there, and their
weekly hours.

Kept in Redis for a minute; every change of one of the documents forgets it at once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

import frappe

from lab_crm.booking import cells, live
from lab_crm.booking.slots import Period, Schedule, Service

KEY = "lab_crm:network:2"
SECONDS = 60
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SPECIALIST = "Specialist"
DEFAULT_STEP, DEFAULT_HORIZON = 10, 60


@dataclass(frozen=True)
class Skill:
	"""What a specialist does: one service, or all of a kind, of a category, or of both."""

	service: str = ""
	kind: str = ""
	category: str = ""

	def covers(self, service: Service) -> bool:
		"""Say whether the specialist does this service by this line."""
		if self.service:
			return self.service == service.code
		wanted = (self.kind or service.kind, self.category or service.category)
		return bool(self.kind or self.category) and wanted == (service.kind, service.category)


@dataclass(frozen=True)
class Subject:
	"""A specialist or resource of the branch: what it is for, how many patients at once, and its hours
	there; `note` is the speciality.
	"""

	name: str
	title: str
	kind: str
	capacity: int
	online: bool
	schedules: tuple[Schedule, ...]
	skills: tuple[Skill, ...] = ()
	note: str = ""

	def keeps_hours_for(self, funding: str) -> bool:
		"""Say whether some of the hours are kept for bookings paid so."""
		return any(period.funding == funding for one in self.schedules for period in one.periods)

	def can_do(self, services) -> bool:
		"""Say whether a specialist does every one of the services."""
		return all(any(skill.covers(service) for skill in self.skills) for service in services)


@dataclass(frozen=True)
class Network:
	"""A branch as the slot engine needs it."""

	branch: str
	title: str
	zone: ZoneInfo
	step: int
	lead_minutes: int
	horizon_days: int
	online: bool
	specialists: tuple[Subject, ...]
	resources: tuple[Subject, ...]
	oms_release_hours: int = 0
	holiday_country: str = ""


def of(branch: str) -> Network | None:
	"""Return the network of an active branch, None when there is none of that name."""
	return next(iter(of_all([branch])), None)


def of_all(branches: Iterable[str]) -> list[Network]:
	"""Return the networks of those branches that are active, in the order given; what is not kept takes
	three statements, however many they are.
	"""
	branches = list(dict.fromkeys(branches))
	found = {branch: frappe.cache.get_value(f"{KEY}:{branch}", expires=True) for branch in branches}
	missing = [branch for branch, network in found.items() if network is None]
	for network in _load(missing) if missing else ():
		found[network.branch] = network
		# What this transaction has written may yet be rolled back, so it is not for others.
		if not frappe.db.transaction_writes:
			frappe.cache.set_value(f"{KEY}:{network.branch}", network, expires_in_sec=SECONDS)
	return [network for network in found.values() if network]


def forget(doc=None, method=None) -> None:
	"""Drop what is kept of every branch (called by each document it is made of), now and again once others
	can see the change.
	"""
	frappe.cache.delete_keys(KEY)
	frappe.db.after_commit.add(_forget_all)
	live.schedules_changed()


def _forget_all() -> None:
	frappe.cache.delete_keys(KEY)


def _load(branches: list[str]) -> list[Network]:
	columns = [
		"name", "branch_name", "timezone", "slot_step_minutes", "lead_minutes", "horizon_days",
		"is_bookable_online", "oms_release_hours", "holiday_country",
	]  # fmt: skip
	rows = frappe.get_all("Lab Branch", {"name": ("in", branches), "is_active": 1}, columns)
	subjects = _subjects([row.name for row in rows]) if rows else {}
	return [_network(row, subjects.get(row.name, [])) for row in rows]


def _network(row, subjects: list[Subject]) -> Network:
	return Network(
		branch=row.name,
		title=row.branch_name,
		zone=ZoneInfo(row.timezone),
		step=row.slot_step_minutes or DEFAULT_STEP,
		lead_minutes=row.lead_minutes,
		horizon_days=row.horizon_days or DEFAULT_HORIZON,
		online=bool(row.is_bookable_online),
		specialists=tuple(subject for subject in subjects if subject.kind == SPECIALIST),
		resources=tuple(subject for subject in subjects if subject.kind != SPECIALIST),
		oms_release_hours=row.oms_release_hours or 0,
		holiday_country=row.holiday_country or "",
	)


def _subjects(branches: list[str]) -> dict[str, list[Subject]]:
	"""All active specialists and resources with a schedule, by branch, in the order in which they are
	offered.
	"""
	found: dict[tuple[str, str], dict] = {}
	for row in _schedule_rows(branches):
		subject = found.setdefault((row.branch, row.subject), {"row": row, "schedules": {}})
		schedule = subject["schedules"].setdefault(row.schedule, {"row": row, "periods": []})
		schedule["periods"].append(_period(row))
	skills = _skills({name for (_, name), one in found.items() if one["row"].subject_type == SPECIALIST})
	subjects: dict[str, list[Subject]] = {}
	for (branch, _name), one in found.items():
		subjects.setdefault(branch, []).append(_subject(one["row"], one["schedules"].values(), skills))
	return subjects


def _subject(row, schedules, skills: dict[str, tuple[Skill, ...]]) -> Subject:
	is_specialist = row.subject_type == SPECIALIST
	return Subject(
		name=row.subject,
		title=row.specialist_name if is_specialist else row.resource_name,
		kind=SPECIALIST if is_specialist else row.resource_kind,
		capacity=1 if is_specialist else max(1, row.capacity),
		online=bool(row.is_bookable_online) if is_specialist else True,
		schedules=tuple(
			Schedule(row.subject, tuple(one["periods"]), one["row"].valid_from, one["row"].valid_to)
			for one in schedules
		),
		skills=skills.get(row.subject, ()),
		note=(row.speciality if is_specialist else "") or "",
	)


def _schedule_rows(branches: list[str]):
	schedule, period = frappe.qb.DocType("Work Schedule"), frappe.qb.DocType("Work Period")
	specialist, resource = frappe.qb.DocType("Specialist"), frappe.qb.DocType("Bookable Resource")
	return (
		frappe.qb.from_(schedule)
		.join(period)
		.on((period.parent == schedule.name) & (period.parenttype == "Work Schedule"))
		.left_join(specialist)
		.on((schedule.subject_type == SPECIALIST) & (specialist.name == schedule.subject))
		.left_join(resource)
		.on((schedule.subject_type == "Bookable Resource") & (resource.name == schedule.subject))
		.where(schedule.branch.isin(branches) & (schedule.is_active == 1))
		.where(
			(specialist.is_active == 1)
			| ((resource.is_active == 1) & (resource.branch == schedule.branch))
		)
		.orderby(specialist.position, schedule.subject, period.idx)
		.select(
			schedule.name.as_("schedule"), schedule.branch, schedule.subject_type, schedule.subject,
			schedule.valid_from, schedule.valid_to, period.weekday, period.start_time, period.end_time,
			period.funding, specialist.specialist_name, specialist.speciality, specialist.is_bookable_online,
			resource.resource_name, resource.kind.as_("resource_kind"), resource.capacity,
		)
	).run(as_dict=True)  # fmt: skip


def _period(row) -> Period:
	start, end = _minutes(row.start_time), _minutes(row.end_time)
	end = end if end > start else end + 24 * 60
	return Period(WEEKDAYS.index(row.weekday), start, end, row.funding or "")


def _minutes(time: timedelta) -> int:
	"""Minutes of the day, on the 5-minute grid."""
	minutes = int(time.total_seconds()) // 60
	return minutes - minutes % cells.MINUTES


def _skills(specialists: set[str]) -> dict[str, tuple[Skill, ...]]:
	found: dict[str, tuple[Skill, ...]] = {}
	if not specialists:
		return found
	rows = frappe.get_all(
		"Specialist Service",
		filters={"parenttype": SPECIALIST, "parent": ("in", sorted(specialists))},
		fields=["parent", "service", "kind", "category"],
		order_by="idx",
	)
	for row in rows:
		skill = Skill(row.service or "", row.kind or "", row.category or "")
		found[row.parent] = (*found.get(row.parent, ()), skill)
	return found
