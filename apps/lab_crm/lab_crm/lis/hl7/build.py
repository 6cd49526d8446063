"""Messages we send: OML^O21, ORM^O01, ADT^A04/A08, built and validated by hl7apy from plain data (HL7 v2.3 to
v2.5.1; OML^O21 since v2.4, SPM since v2.5).

Texts go in escaped by us and on one line each: hl7apy would write a formatting escape such as `\\.br\\` as
literal text.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache

from hl7apy import load_reference
from hl7apy.consts import VALIDATION_LEVEL
from hl7apy.core import Group, Message, Segment
from hl7apy.exceptions import HL7apyException

from lab_crm.lis.hl7.escapes import escape

AUTHORITY = "LABCRM"
SNILS_AUTHORITY = "SNILS&1.2.643.100.3&ISO"
VERSIONS = ("2.3", "2.3.1", "2.4", "2.5", "2.5.1")
WITHOUT_OML = ("2.3", "2.3.1")
NEW, CANCEL, CHANGE = "NW", "CA", "XO"
_SEX = {"Male": "M", "Female": "F"}
# hl7apy asks for every segment of this choice; we send one of them. Its name since v2.5, and before.
_ORM_CHOICES = ("ORM_O01_OBRRQDRQ1RXOODSODT_SUPPGRP", "ORM_O01_CHOICE")
_ORDER_GENERAL = "OML_O21_ORDER_GENERAL"  # over the orders in v2.4 alone
_STRUCTURES = {"A04": "ADT_A01", "A08": "ADT_A01"}


class BuildError(ValueError):
	"""The message would not be valid HL7; the text says where."""


@dataclass(frozen=True, slots=True)
class Endpoint:
	"""Both ends of a connection as MSH names them; `charset` is MSH-18, `accept_ack` and `application_ack`
	(MSH-15, MSH-16) ask for the enhanced mode.
	"""

	sending_application: str = AUTHORITY
	sending_facility: str = ""
	receiving_application: str = ""
	receiving_facility: str = ""
	version: str = "2.5.1"
	charset: str = "UNICODE UTF-8"
	accept_ack: str = ""
	application_ack: str = ""


@dataclass(frozen=True, slots=True)
class PatientData:
	"""Who the order is for. `number` is our patient number, `sex` Male, Female or Unknown, `mobile` E.164."""

	number: str
	last_name: str
	first_name: str
	middle_name: str = ""
	birth_date: date | None = None
	sex: str = "Unknown"
	mobile: str = ""
	email: str = ""
	snils: str = ""


@dataclass(frozen=True, slots=True)
class Item:
	"""One service of an order. `code` and `name` are the LIS's, `loinc` the universal code, `barcode` the
	tube's.
	"""

	code: str
	name: str
	system: str = "L"
	loinc: str = ""
	barcode: str = ""
	specimen_code: str = ""
	specimen_name: str = ""
	collected_at: datetime | None = None
	comment: str = ""


@dataclass(frozen=True, slots=True)
class Order:
	"""An order as it is sent. `action` is NEW, CANCEL or CHANGE; times are aware; `ordered_by` is the
	doctor's name.
	"""

	placer: str
	items: list[Item] = field(default_factory=list)
	action: str = NEW
	filler: str = ""
	visit: str = ""
	branch: str = ""
	ordered_at: datetime | None = None
	ordered_by: tuple[str, str, str] = ("", "", "")
	urgent: bool = False
	comment: str = ""


def build_oml(order: Order, patient: PatientData, ends: Endpoint, control_id: str, at: datetime) -> str:
	"""Return OML^O21 (laboratory order).

	Args:
		order, patient: what is ordered and for whom.
		ends: names for MSH.
		control_id: MSH-10, at most 20 characters.
		at: the time of the message, aware.

	Raises:
		BuildError: hl7apy finds the message invalid, or the order has no items.
	"""
	message = _begin("OML", "O21", "OML_O21", ends, control_id, at)
	person = message.add_group("OML_O21_PATIENT")
	_fill_pid(person.add_segment("PID"), patient)
	_fill_pv1(person.add_group("OML_O21_PATIENT_VISIT").add_segment("PV1"), order)
	has_specimen = ends.version not in ("2.4",)
	for number, item in _numbered(order):
		parent = message if has_specimen else message.add_group(_ORDER_GENERAL)
		group = parent.add_group("OML_O21_ORDER")
		_fill_orc(group.add_segment("ORC"), order)
		request = group.add_group("OML_O21_OBSERVATION_REQUEST")
		_fill_obr(request.add_segment("OBR"), number, item, order)
		if item.barcode and not has_specimen:
			_put(request.add_group("OML_O21_CONTAINER_2").add_segment("SAC"), {3: _text(item.barcode)})
		_add_notes(request, order.comment, item.comment)
		if item.barcode and has_specimen:
			_fill_spm(request.add_group("OML_O21_SPECIMEN").add_segment("SPM"), item)
	return _finish(message)


def build_orm(order: Order, patient: PatientData, ends: Endpoint, control_id: str, at: datetime) -> str:
	"""Return ORM^O01 (general order), for a LIS that knows no OML; the barcode goes into OBR-18. Arguments as
	`build_oml`.
	"""
	message = _begin("ORM", "O01", "ORM_O01", ends, control_id, at)
	person = message.add_group("ORM_O01_PATIENT")
	_fill_pid(person.add_segment("PID"), patient)
	_fill_pv1(person.add_group("ORM_O01_PATIENT_VISIT").add_segment("PV1"), order)
	for number, item in _numbered(order):
		group = message.add_group("ORM_O01_ORDER")
		_fill_orc(group.add_segment("ORC"), order)
		detail = group.add_group("ORM_O01_ORDER_DETAIL")
		choice = _ORM_CHOICES[ends.version < "2.5"]
		_fill_obr(detail.add_group(choice).add_segment("OBR"), number, item, order)
		_add_notes(detail, order.comment, item.comment)
	return _finish(message)


def build_adt(event: str, patient: PatientData, ends: Endpoint, control_id: str, at: datetime) -> str:
	"""Return ADT^A04 (a patient is registered) or ADT^A08 (their data changed). Arguments as `build_oml`."""
	message = _begin("ADT", event, _STRUCTURES[event], ends, control_id, at)
	_put(message.add_segment("EVN"), {1: event if ends.version == "2.3" else "", 2: _stamp(at)})
	_fill_pid(message.add_segment("PID"), patient)
	_put(message.add_segment("PV1"), {2: "O"})
	return _finish(message)


def build_specimen_order(
	order: Order, patient: PatientData, ends: Endpoint, control_id: str, at: datetime
) -> str:
	"""Return OML^O33: what an analyser is to measure in one specimen, that of the first item (IHE LAW,
	LAB-28). Arguments as `build_oml`.
	"""
	message = _begin("OML", "O33", "OML_O33", ends, control_id, at)
	_fill_pid(message.add_group("OML_O33_PATIENT").add_segment("PID"), patient)
	specimen = message.add_group("OML_O33_SPECIMEN")
	for number, item in _numbered(order):
		if number == 1:
			_fill_spm(specimen.add_segment("SPM"), item)
			_put(specimen.add_segment("SAC"), {3: _text(item.barcode)})
		group = specimen.add_group("OML_O33_ORDER")
		_fill_orc(group.add_segment("ORC"), order)
		_fill_obr(group.add_group("OML_O33_OBSERVATION_REQUEST").add_segment("OBR"), number, item, order)
	return _finish(message)


BUILDERS = {"OML^O21": build_oml, "ORM^O01": build_orm}


def _begin(code: str, event: str, structure: str, ends: Endpoint, control_id: str, at: datetime) -> Message:
	if ends.version not in VERSIONS:
		raise BuildError(f"version {ends.version} is not one of {', '.join(VERSIONS)}")
	if code == "OML" and ends.version in WITHOUT_OML:
		raise BuildError(f"version {ends.version} has no OML^O21")
	reference = _reference(structure, ends.version)
	message = Message(
		structure, reference=reference, version=ends.version, validation_level=VALIDATION_LEVEL.STRICT
	)
	fields = {
		3: _text(ends.sending_application),
		4: _text(ends.sending_facility),
		5: _text(ends.receiving_application),
		6: _text(ends.receiving_facility),
		9: f"{code}^{event}" if ends.version == "2.3" else f"{code}^{event}^{structure}",
		10: control_id,
		11: "P",
		15: ends.accept_ack,
		16: ends.application_ack,
		17: "RUS",
		18: ends.charset,
	}
	message.msh.msh_7 = _stamp(at)
	_put(message.msh, fields)
	return message


@cache
def _reference(structure: str, version: str) -> tuple:
	"""The structure of a message as hl7apy knows it, with the choice of ORM narrowed to OBR."""
	return _narrowed(load_reference(structure, "Message", version))


def _narrowed(reference: tuple) -> tuple:
	children = []
	for name, inner, cardinality, kind in reference[1]:
		if name in _ORM_CHOICES:
			inner = ("sequence", tuple(child for child in inner[1] if child[0] == "OBR"))
		elif kind == "GRP":
			inner = _narrowed(inner)
		children.append((name, inner, cardinality, kind))
	return ("sequence", tuple(children))


def _finish(message: Message) -> str:
	try:
		message.validate()
	except HL7apyException as error:
		raise BuildError(f"{message.name}: {error}") from error
	return message.to_er7() + "\r"


def _numbered(order: Order) -> Iterable[tuple[int, Item]]:
	if not order.items:
		raise BuildError("an order without items")
	return enumerate(order.items, 1)


def _put(segment: Segment, values: dict[int, str | list[str]]) -> None:
	"""Set fields by number; a list gives repetitions; empty values are left out."""
	for number, value in values.items():
		for repetition in [value] if isinstance(value, str) else value:
			if repetition:
				segment.add_field(f"{segment.name}_{number}").value = repetition


def _joined(*components: str) -> str:
	"""Components, escaped, without empty ones at the end."""
	return "^".join(map(_text, components)).rstrip("^")


def _text(text: str) -> str:
	"""A text for one component: on one line, escaped."""
	return escape(" ".join(text.split()))


def _stamp(at: datetime | None) -> str:
	return at.strftime("%Y%m%d%H%M%S%z") if at else ""


def _fill_pid(pid: Segment, patient: PatientData) -> None:
	numbers = [f"{_text(patient.number)}^^^{AUTHORITY}^PI"]
	if patient.snils:
		digits = "".join(filter(str.isdecimal, patient.snils))
		numbers.append(f"{digits}^^^{SNILS_AUTHORITY}^NI")
	# A telephone number had a format of the USA until v2.5; any other was a text.
	number_place = "^PRN^CP^^^^^^{0}" if pid.version < "2.5" else "{0}^PRN^CP"
	reach = [
		number_place.format(_text(patient.mobile)) if patient.mobile else "",
		f"^NET^Internet^{_text(patient.email)}" if patient.email else "",
	]
	fields = {
		1: "1",
		3: numbers,
		5: _joined(patient.last_name, patient.first_name, patient.middle_name, "", "", "", "L"),
		7: patient.birth_date.strftime("%Y%m%d") if patient.birth_date else "",
		8: _SEX.get(patient.sex, "U"),
		13: reach,
	}
	_put(pid, fields)


def _fill_pv1(pv1: Segment, order: Order) -> None:
	_put(pv1, {1: "1", 2: "O", 3: _joined(order.branch), 19: _joined(order.visit)})


def _fill_orc(orc: Segment, order: Order) -> None:
	fields = {
		1: order.action,
		2: _text(order.placer),
		3: _text(order.filler),
		4: _text(order.placer),
		7: f"^^^^^{'S' if order.urgent else 'R'}" if orc.version == "2.3" else "",  # required there alone
		9: _stamp(order.ordered_at),
		12: _joined("", *order.ordered_by),
	}
	_put(orc, fields)


def _fill_obr(obr: Segment, number: int, item: Item, order: Order) -> None:
	universal = (item.loinc, item.name, "LN") if item.loinc else ()
	fields = {
		1: str(number),
		2: _text(order.placer),
		3: _text(order.filler),
		4: _joined(item.code, item.name, item.system, *universal),
		7: _stamp(item.collected_at),
		16: _joined("", *order.ordered_by),
		18: _text(item.barcode),
		27: "^^^^^S" if order.urgent else "",
	}
	_put(obr, fields)


def _fill_spm(spm: Segment, item: Item) -> None:
	fields = {
		1: "1",
		2: f"{_text(item.barcode)}&{AUTHORITY}",
		4: _joined(item.specimen_code or "UNK", item.specimen_name),
		17: _stamp(item.collected_at),
	}
	_put(spm, fields)


def _add_notes(group: Group, *texts: str) -> None:
	"""One NTE a line of text."""
	lines = [line.strip() for text in texts for line in text.splitlines() if line.strip()]
	for number, line in enumerate(lines, 1):
		_put(group.add_segment("NTE"), {1: str(number), 2: "P", 3: _text(line)})
