"""ORU^R01 and OUL^R21–R24 → plain data: whose results, of which order and specimen, and the observations.

The segments are walked in order, so that the two message families, missing ORCs, several orders, several
patients and unknown segments are all read by the same few rules. Who a result belongs to is taken only from
what stands over it in its own message.
"""

from dataclasses import dataclass, field
from datetime import date, datetime

from lab_crm.lis.hl7.datatypes import Code, Identifier, code, day, identifiers, moment, person
from lab_crm.lis.hl7.header import Header
from lab_crm.lis.hl7.observation import Observation, read_observation
from lab_crm.lis.hl7.reader import Message, Segment, read


@dataclass(slots=True)
class PatientIds:
	"""PID: for checking a match, never for making one. `sex` is M, F, U …"""

	identifiers: list[Identifier] = field(default_factory=list)
	last_name: str = ""
	first_name: str = ""
	middle_name: str = ""
	birth_date: date | None = None
	sex: str = ""
	notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class OrderGroup:
	"""One OBR with what belongs to it.

	`placer` is our order number (ORC-2, OBR-2), `filler` the laboratory's (ORC-3, OBR-3), `specimens` the
	barcodes (SPM-2, SAC-3, OBR-18) in the order of trust, `control` ORC-1, `status` OBR-25.
	"""

	patient: PatientIds
	placer: str = ""
	filler: str = ""
	specimens: list[str] = field(default_factory=list)
	control: str = ""
	status: str = ""
	service: Code = field(default_factory=Code)
	observed_at: datetime | None = None
	reported_at: datetime | None = None
	notes: list[str] = field(default_factory=list)
	observations: list[Observation] = field(default_factory=list)


@dataclass(slots=True)
class Results:
	"""A whole result message; `problems` are sentences about what could not be read."""

	header: Header
	groups: list[OrderGroup]
	problems: list[str]


def parse(text: str, codec: str = "utf-8") -> Results:
	"""Return the results of a message.

	Args:
		text: the decoded message.
		codec: Python name of the character set it came in.

	Raises:
		NotHL7: it does not begin with an MSH segment.
	"""
	return _Walk(read(text, codec)).results()


class _Walk:
	"""Goes over the segments once, keeping what the next ones belong to."""

	def __init__(self, message: Message):
		self.message = message
		self.groups: list[OrderGroup] = []
		self.problems: list[str] = []
		self.patient = PatientIds()
		self.notes = self.patient.notes  # where the next NTE goes
		self.group: OrderGroup | None = None  # the order the next OBX belongs to
		self.order: Segment | None = None  # an ORC whose OBR has not come yet
		self.last_order: Segment | None = None  # the ORC over the current OBR
		self.specimens: list[str] = []  # of the specimen over the next orders (OUL)
		self.specimen_first = message.header.code == "OUL"

	def results(self) -> Results:
		for segment in self.message:
			step = getattr(self, f"_{segment.name.lower()}", None) if segment.name in _KNOWN else None
			if step:
				step(segment)
		if self.order is not None:
			self._open(None)
		if not self.groups:
			self.problems.append("the message holds no order (OBR)")
		return Results(self.message.header, self.groups, self.problems)

	def _pid(self, pid: Segment) -> None:
		last, first, middle = person(pid, 5)
		self.patient = PatientIds(
			[*identifiers(pid, 3), *identifiers(pid, 2), *identifiers(pid, 4)],
			last,
			first,
			middle,
			day(pid.text(7)),
			pid.text(8).upper(),
		)
		self.notes, self.group, self.order, self.last_order, self.specimens = (
			self.patient.notes,
			None,
			None,
			None,
			[],
		)

	def _orc(self, orc: Segment) -> None:
		group = self.group
		if self.specimen_first and group and group.service and not group.control and not group.observations:
			_identify(group, orc)  # in OUL the ORC follows its OBR
			self.last_order = orc
			return
		if self.order is not None:
			self._open(None)
		self.order = self.last_order = orc

	def _obr(self, obr: Segment) -> None:
		self._open(obr)

	def _open(self, obr: Segment | None) -> None:
		"""Begin an order with the ORC that waits, the OBR given, or both."""
		group = OrderGroup(self.patient, specimens=list(self.specimens))
		orc, self.order = self.order, None
		if orc:
			_identify(group, orc)
		if obr:
			_request(group, obr)
			if (
				not orc
				and not group.placer
				and not group.filler
				and self.last_order
				and not self.specimen_first
			):
				_identify(group, self.last_order)  # one ORC over several OBRs
		self.group, self.notes = group, group.notes
		self.groups.append(group)

	def _obx(self, obx: Segment) -> None:
		if self.group is None or self.order is not None:
			if self.specimen_first and self.order is None:
				return  # an observation about the specimen itself, not a result
			self._open(None)
		seen = read_observation(obx, self.problems)
		self.group.observations.append(seen)
		self.notes = seen.notes

	def _nte(self, nte: Segment) -> None:
		line = "\n".join(map(nte.plain, nte.repetitions(3)))
		if line:
			self.notes.append(line)

	def _spm(self, spm: Segment) -> None:
		barcodes = [spm.text(2, part) for part in (1, 2)]
		if self.specimen_first:
			self.specimens, self.group, self.last_order = [], None, None
		self._specimen(barcodes)

	def _sac(self, sac: Segment) -> None:
		self._specimen([sac.text(3), sac.text(4)])

	def _specimen(self, barcodes: list[str]) -> None:
		target = self.specimens if self.specimen_first or self.group is None else self.group.specimens
		if target is not self.specimens:
			# What the laboratory says in SPM outranks the echo in OBR-18.
			target[:] = list(dict.fromkeys([*filter(None, barcodes), *target]))
		else:
			target.extend(code for code in barcodes if code and code not in target)


_KNOWN = frozenset({"PID", "ORC", "OBR", "OBX", "NTE", "SPM", "SAC"})


def _identify(group: OrderGroup, orc: Segment) -> None:
	group.control = orc.text(1).upper()
	group.placer = group.placer or orc.text(2)
	group.filler = group.filler or orc.text(3)


def _request(group: OrderGroup, obr: Segment) -> None:
	group.placer = obr.text(2) or group.placer
	group.filler = obr.text(3) or group.filler
	group.service = code(obr, 4)
	group.observed_at, group.reported_at = moment(obr.text(7)), moment(obr.text(22))
	group.status = obr.text(25).upper()
	if obr.text(18) and obr.text(18) not in group.specimens:
		group.specimens.append(obr.text(18))
