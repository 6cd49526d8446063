"""Rows of a Lab Result: the sender's codes become our analytes, values get their marks."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

import frappe

from lab_crm.laboratory import conversion
from lab_crm.laboratory import observations as obs
from lab_crm.laboratory.observations import Observation

# Takes codes and the analytes preferred when a code fits several; returns the codes it knows: code → name of
# the Analyte.
Resolver = Callable[..., dict[str, str]]

COPIED = (
	"analyte", "analyte_name", "code", "service", "value", "numeric_value",
	"unit", "reference_text", "flag", "status", "observed_at", "note", "laboratory",
)  # fmt: skip


@dataclass
class Ordered:
	"""What an order asked for: its open services, their analytes and every code they go by."""

	services: dict[str, set[str]] = field(default_factory=dict)
	codes: dict[str, str] = field(default_factory=dict)

	@property
	def analytes(self) -> set[str]:
		"""All analytes of the order."""
		return set().union(*self.services.values())

	def service_of(self, observation: Observation, analyte: str | None) -> str | None:
		"""Return the ordered service a value belongs to: the one the sender names, else the first with the
		analyte.

		A report found by the order's number is about that order: where only one service was ordered, it is
		that one.
		"""
		named = self.codes.get(observation.service) or self.codes.get(observation.code)
		if named:
			return named
		for service, analytes in self.services.items():
			if analyte in analytes:
				return service
		return next(iter(self.services)) if len(self.services) == 1 else None

	def reported_whole(self, observations: list[Observation], analytes: dict[str, str]) -> set[str]:
		"""Return the services the sender reports as such, so that no analyte of theirs is still to come."""
		whole = {
			self.codes.get(each.service) or self.codes.get(each.code)
			for each in observations
			if each.service or each.code
		}
		unknown = any(
			each.code not in analytes and each.alternate_code not in analytes for each in observations
		)
		if unknown and len(self.services) == 1:
			whole |= self.services.keys()
		return whole - {None}


def ordered(order) -> Ordered:
	"""Return what a Lab Order document asked for; the catalogue comes from the cache."""
	found = Ordered()
	for row in order.items:
		if row.status == obs.CANCELLED:
			continue
		service = frappe.get_cached_doc("Lab Service", row.service)
		found.services[service.name] = {part.analyte for part in service.analytes}
		for code in (service.name, service.lis_code, service.fsli_code, service.loinc):
			if code:
				found.codes.setdefault(code, service.name)
	return found


def resolve_codes(codes: Iterable[str], preferred: Iterable[str] = ()) -> dict[str, str]:
	"""Find the analytes that codes stand for: our own code first, then FSLI, then LOINC.

	Args:
		codes: as the sender gave them.
		preferred: analytes to choose among when a code fits several (those the order asked for).

	Returns:
		Code → Analyte; a code that fits several and none preferred alone is left out: nothing is guessed.
	"""
	wanted = {code for code in codes if code}
	if not wanted:
		return {}
	analyte = frappe.qb.DocType("Analyte")
	rows = (
		frappe.qb.from_(analyte)
		.select(analyte.name, analyte.fsli_code, analyte.loinc)
		.where(analyte.name.isin(wanted) | analyte.fsli_code.isin(wanted) | analyte.loinc.isin(wanted))
		.run(as_dict=True)
	)
	found = {}
	for key in ("name", "fsli_code", "loinc"):
		for code in wanted - found.keys():
			fitting = {row.name for row in rows if row[key] == code}
			if len(fitting) > 1:
				fitting &= set(preferred)
			if len(fitting) == 1:
				found[code] = fitting.pop()
	return found


def build_rows(
	observations: list[Observation],
	wanted: Ordered,
	analytes: dict[str, str],
	patient: dict,
	status: str,
	reported_at: datetime,
) -> list[dict]:
	"""Return rows of a Lab Result (dicts of `Lab Result Item` fields and `critical`, `change`).

	Args:
		observations: values as received.
		wanted: what the order asked for.
		analytes: code → Analyte.
		patient: `sex` and `birth_date`.
		status: status of the report, for values without one.
		reported_at: time of the report, for values without a time.
	"""
	rows = []
	for each in observations:
		analyte = analytes.get(each.code) or analytes.get(each.alternate_code)
		rows.append(_row(each, wanted, analyte, patient, status, reported_at))
	return rows


def _row(
	each: Observation, wanted: Ordered, analyte: str | None, patient: dict, status: str, reported_at
) -> dict:
	known = frappe.get_cached_doc("Analyte", analyte) if analyte else None
	each = conversion.into_catalogue_unit(each, known) if known else each
	observed_at = each.observed_at or reported_at
	marked = obs.mark(
		each,
		ranges=known.reference_ranges if known else (),
		catalogue_unit=known.unit if known else "",
		sex=patient["sex"],
		birth_date=patient["birth_date"],
		on_date=_day(observed_at),
	)
	return {
		"analyte": analyte,
		"analyte_name": (known.analyte_name if known else each.name) or each.code,
		"code": each.code,
		"service": wanted.service_of(each, analyte),
		"value": each.value,
		"numeric_value": obs.numeric(each.value),
		"unit": each.unit or (known.unit if known else ""),
		"reference_text": marked.reference_text,
		"flag": marked.flag,
		"status": each.status or status,
		"observed_at": observed_at,
		"note": each.notes,
		"laboratory": each.laboratory,
		"critical": marked.critical,
		"change": "",
	}


def _day(moment: datetime) -> date:
	return moment.date()


def keys_of(rows: Iterable[dict]) -> set[str]:
	"""What makes values of one order the same measurement: the analyte or the sender's code."""
	return {key for row in rows for key in (row["analyte"], row["code"] and f"code:{row['code']}") if key}


def copied(row: dict) -> dict:
	"""Return a row of an older result as a row of the one that supersedes it."""
	return {name: row[name] for name in COPIED}
