"""ADT^A40 (merge of patients) → plain data: which card stays, which goes into it.

Source: HL7 v2.5.1 section 3.3.40: PID names the patient that stays, the MRG after it the one that goes.
"""

from dataclasses import dataclass

from lab_crm.lis.hl7.datatypes import day, identifiers, person
from lab_crm.lis.hl7.oru import PatientIds
from lab_crm.lis.hl7.reader import Segment, read


@dataclass(slots=True)
class Merge:
	"""One pair of a message."""

	survivor: PatientIds
	merged: PatientIds


def parse(text: str, codec: str = "utf-8") -> list[Merge]:
	"""Return the merges of a message, in order.

	Args:
		text: the decoded message.
		codec: Python name of the character set it came in.

	Raises:
		NotHL7: it does not begin with an MSH segment.
	"""
	found, survivor = [], None
	for segment in read(text, codec):
		if segment.name == "PID":
			survivor = _patient(segment)
		elif segment.name == "MRG" and survivor is not None:
			numbers = [*identifiers(segment, 1), *identifiers(segment, 4)]
			found.append(Merge(survivor, PatientIds(numbers)))
	return found


def _patient(pid: Segment) -> PatientIds:
	last, first, middle = person(pid, 5)
	numbers = [*identifiers(pid, 3), *identifiers(pid, 2), *identifiers(pid, 4)]
	return PatientIds(numbers, last, first, middle, day(pid.text(7)), pid.text(8).upper())
