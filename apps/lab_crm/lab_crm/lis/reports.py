"""Groups of a result message → what the laboratory floor stores: observations, status, time, documents."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import frappe
from frappe import _

from lab_crm.laboratory import observations as lab
from lab_crm.laboratory.results import Attachment
from lab_crm.lis.code_maps import Known
from lab_crm.lis.hl7.observation import CRITICAL_FLAGS, Observation
from lab_crm.lis.hl7.oru import OrderGroup
from lab_crm.utils import clock

# OBR-25 (table 0123) and OBX-11 (table 0085) → ours; what says that nothing was measured yet is no value.
GROUP_STATUS = {
	"F": lab.FINAL, "C": lab.CORRECTED, "K": lab.CORRECTED, "X": lab.CANCELLED,
	"P": lab.PRELIMINARY, "A": lab.PRELIMINARY, "R": lab.PRELIMINARY, "M": lab.PRELIMINARY,
	"N": lab.PRELIMINARY, "S": lab.PRELIMINARY, "I": lab.PRELIMINARY, "O": lab.PRELIMINARY,
	"Y": lab.PRELIMINARY, "Z": lab.PRELIMINARY,
}  # fmt: skip
VALUE_STATUS = {
	"F": lab.FINAL, "U": lab.FINAL, "V": lab.FINAL, "C": lab.CORRECTED,
	"P": lab.PRELIMINARY, "R": lab.PRELIMINARY, "S": lab.PRELIMINARY, "B": lab.PRELIMINARY,
	"X": lab.CANCELLED, "D": lab.CANCELLED, "W": lab.CANCELLED,
}  # fmt: skip
NOT_MEASURED = ("I", "N", "O")
_EXTENSIONS = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png", "application/rtf": "rtf"}


@dataclass
class Report:
	"""What one message says about one order, settled values or preliminary ones."""

	status: str
	observations: list[lab.Observation] = field(default_factory=list)
	documents: list[Attachment] = field(default_factory=list)
	reported_at: datetime | None = None

	@property
	def is_empty(self) -> bool:
		"""Whether it says nothing that could be stored."""
		return not self.observations and not self.documents


def codes_in(groups: Iterable[OrderGroup]) -> set[str]:
	"""Return every code that the map of codes may know."""
	found = set()
	for group in groups:
		found |= {group.service.code, group.service.alt_code}
		for seen in group.observations:
			found |= {seen.code.code, seen.code.alt_code}
	return found - {""}


def build(groups: Sequence[OrderGroup], known: Known, sent_at: datetime) -> list[Report]:
	"""Return the reports that the groups of one order make: at most a settled one and a preliminary one.

	They are kept apart so that preliminary values of one examination never hide final values of another.

	Args:
		groups: groups of one message that belong to one order.
		known: what the map of codes knows.
		sent_at: naive time in the site's zone, for groups without a time of the report.
	"""
	settled, preliminary = Report(lab.FINAL), Report(lab.PRELIMINARY)
	for group in groups:
		status = group_status(group)
		service = known.services.get(group.service.code, group.service.code)
		for value, document in _values(group, status, service):
			report = preliminary if value.status == lab.PRELIMINARY else settled
			report.observations += [value] if document is None else []
			report.documents += [document] if document else []
			report.reported_at = max(filter(None, (report.reported_at, stored(group.reported_at) or sent_at)))
	statuses = {value.status for value in settled.observations}
	if lab.CORRECTED in statuses:
		settled.status = lab.CORRECTED
	elif statuses == {lab.CANCELLED}:
		settled.status = lab.CANCELLED
	return [report for report in (settled, preliminary) if not report.is_empty]


def group_status(group: OrderGroup) -> str:
	"""Return our word for OBR-25; empty when it says nothing, so that the values decide."""
	return GROUP_STATUS.get(group.status, "")


def stored(at: datetime | None) -> datetime | None:
	"""Return a time of a message as it is stored: naive, in the site's zone."""
	return clock.from_aware(at) if at and at.tzinfo else at


def _values(
	group: OrderGroup, status: str, service: str
) -> Iterable[tuple[lab.Observation, Attachment | None]]:
	"""Yield values, each with the document that stands in its place, if one does."""
	for number, seen in enumerate(group.observations, 1):
		says_nothing = not seen.code and not seen.value and not seen.attachment
		if seen.status in NOT_MEASURED or says_nothing:
			continue
		document = _document(seen, number)
		yield _value(seen, group, status, service), document
	if group.observations:
		return
	if status == lab.CANCELLED:
		yield from ((value, None) for value in _cancelled(group, service))
	elif group.notes and status != lab.PRELIMINARY:
		text = "\n".join(group.notes)
		name, code = group.service.words, group.service.code
		yield lab.Observation(code, name, text, status=status or lab.FINAL, service=service), None


def _value(seen: Observation, group: OrderGroup, status: str, service: str) -> lab.Observation:
	own = VALUE_STATUS.get(seen.status, lab.FINAL)
	return lab.Observation(
		code=seen.code.code or seen.code.alt_code,
		name=seen.code.words or group.service.words or _("Value without a name"),
		value=seen.value,
		unit=_unit(seen),
		reference_text=seen.reference,
		flag=_flag(seen),
		observed_at=stored(seen.observed_at or group.observed_at),
		status=(status or own) if own == lab.FINAL else own,
		notes="\n".join(seen.notes),
		service=service,
		alternate_code=seen.code.alt_code,
	)


def _flag(seen: Observation) -> str | None:
	critical = next((flag for flag in seen.flags if flag in CRITICAL_FLAGS), None)
	return critical or seen.flag or ("N" if "N" in seen.flags else None)


def _unit(seen: Observation) -> str:
	"""The unit's sign, which most laboratories write as the code; a bare number is a code of theirs."""
	return seen.unit if not seen.unit_code or seen.unit_code.isdecimal() else seen.unit_code


def _document(seen: Observation, number: int) -> Attachment | None:
	if seen.attachment is None or not seen.attachment.data:
		return None
	extension = _EXTENSIONS.get(seen.attachment.content_type, "bin")
	return Attachment(f"lis-{number}.{extension}", seen.attachment.data)


def _cancelled(group: OrderGroup, service: str) -> list[lab.Observation]:
	"""A whole examination was cancelled: each of its analytes is."""
	analytes = [(group.service.code, group.service.words)]
	name = frappe.db.get_value("Lab Service", service) or frappe.db.get_value(
		"Lab Service", {"lis_code": service}
	)
	if service and name:
		rows = frappe.get_cached_doc("Lab Service", name).analytes
		analytes = [(row.analyte, "") for row in rows] or analytes
	notes = "\n".join(group.notes)
	return [
		lab.Observation(code, name, status=lab.CANCELLED, notes=notes, service=service)
		for code, name in analytes
	]
