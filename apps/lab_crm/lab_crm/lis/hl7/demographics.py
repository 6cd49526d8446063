"""ADT^A08 and A31 (a patient has changed) → plain data.

Source: HL7 v2.5.1 sections 3.3.8, 3.3.31 and 3.4.2 (PID). An empty field says nothing; the null value `""`
says "delete what you have".
"""

from dataclasses import dataclass, field

from lab_crm.lis.hl7.datatypes import day, identifiers, person
from lab_crm.lis.hl7.oru import PatientIds
from lab_crm.lis.hl7.reader import Segment, read

_ADDRESS_ORDER = (5, 6, 4, 3, 1, 2)  # XAD: postal code, country, region, city, street, the rest of it
_MOBILE = "CP"


@dataclass(slots=True)
class Demographics:
	"""PID as far as a card has places for it.

	`ids` holds numbers, names, birth date and sex; `emptied` the fields of a card that the sender deletes
	(middle_name, address); `deceased` that PID-30 says so; `wants_privacy` that PD1-12 does.
	"""

	ids: PatientIds
	address: str = ""
	phones: list[str] = field(default_factory=list)
	emails: list[str] = field(default_factory=list)
	emptied: set[str] = field(default_factory=set)
	deceased: bool = False
	wants_privacy: bool = False


def parse(text: str, codec: str = "utf-8") -> list[Demographics]:
	"""Return the patients of a message, one for each PID.

	Args:
		text: the decoded message.
		codec: Python name of the character set it came in.

	Raises:
		NotHL7: it does not begin with an MSH segment.
	"""
	found: list[Demographics] = []
	for segment in read(text, codec):
		if segment.name == "PID":
			found.append(_patient(segment))
		elif segment.name == "PD1" and found:
			found[-1].wants_privacy = segment.text(12).upper() == "Y"
	return found


def _patient(pid: Segment) -> Demographics:
	last, first, middle = person(pid, 5)
	numbers = [*identifiers(pid, 3), *identifiers(pid, 2), *identifiers(pid, 4)]
	found = Demographics(PatientIds(numbers, last, first, middle, day(pid.text(7)), pid.text(8).upper()))
	found.address = _address(pid)
	found.deceased = pid.text(30).upper() == "Y"
	if pid.is_null(11):
		found.emptied.add("address")
	if pid.component_is_null(5, 3):
		found.emptied.add("middle_name")
	_contacts(pid, found)
	return found


def _contacts(pid: Segment, found: Demographics) -> None:
	mobiles, others = [], []
	for place in range(1, len(pid.repetitions(13)) + 1):
		parts = {number: pid.text(13, number, repetition=place) for number in (1, 3, 4, 5, 6, 7)}
		if email := next((parts[number] for number in (4, 1) if "@" in parts[number]), ""):
			found.emails.append(email)
		elif phone := parts[1] or _joined(parts[5], parts[6], parts[7]):
			(mobiles if parts[3].upper() == _MOBILE else others).append(phone)
	found.phones = [*mobiles, *others]


def _joined(country: str, area: str, local: str) -> str:
	if not local:
		return ""
	return f"+{country.lstrip('+')}{area}{local}" if country else f"{area}{local}"


def _address(pid: Segment) -> str:
	parts = (pid.text(11, number) for number in _ADDRESS_ORDER)
	return ", ".join(part for part in parts if part)
