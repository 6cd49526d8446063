"""Records of E1394 → the same plain data as an ORU or OUL makes (`hl7.oru`), so that one path takes both.

Who a result belongs to is taken only from the order record over it: the specimen's barcode.
"""

import re

from lab_crm.lis.astm.records import Record, read
from lab_crm.lis.hl7.datatypes import Code, Identifier, day, moment, number
from lab_crm.lis.hl7.header import Header
from lab_crm.lis.hl7.observation import Observation
from lab_crm.lis.hl7.oru import OrderGroup, PatientIds, Results

QUALITY_CONTROL = "Q"  # H-12, O-12
# R-9 → OBX-11. W (validity is questionable) and the like wait for better; N and I are no values yet.
_STATUS = {
	"F": "F", "V": "F", "R": "F", "M": "F", "Q": "F", "": "F",
	"C": "C", "X": "X", "P": "P", "S": "P", "W": "P", "I": "I", "N": "I", "O": "I",
}  # fmt: skip
_REPORTS = ("F", "P", "C", "X", "I")  # O-26 that OBR-25 knows too
_SHORTEST = 5  # characters of a barcode in O-4, where a rack and a place stand beside it
_TWO_LIMITS = re.compile(r"^\s*([+-]?[\d.,]+)\s*(?:\^|to|-|–)\s*([+-]?[\d.,]+)\s*$")


def parse(text: str) -> Results:
	"""Return the results of a message; results of control material are left out and said in `problems`."""
	return _Walk(read(text)).results()


def is_control(text: str) -> bool:
	"""Whether a message holds results of control material and no others."""
	walk = _Walk(read(text))
	return walk.controls > 0 and not walk.results().groups


class _Walk:
	"""Goes over the records once, keeping what the next ones belong to."""

	def __init__(self, records: list[Record]):
		self.header = Header()
		self.groups: list[OrderGroup] = []
		self.problems: list[str] = []
		self.controls = 0
		self._all_control = False
		self._patient = PatientIds()
		self._group: OrderGroup | None = None
		self._notes = self._patient.notes  # where the next comment goes
		for record in records:
			if step := getattr(self, f"_{record.kind.lower()}", None) if record.kind in "HPORC" else None:
				step(record)

	def results(self) -> Results:
		"""Return what was read."""
		problems = list(self.problems)
		if self.controls:
			problems.append(f"results of control material: {self.controls}")
		elif not self.groups:
			problems.append("the message holds no order (O)")
		return Results(self.header, [group for group in self.groups if group.observations], problems)

	def _h(self, header: Record) -> None:
		self.header = Header(
			sending_application=header.text(5),
			sent_at=header.text(14),
			code="ASTM",
			control_id=header.text(3),
			processing_id=header.text(12),
			version=header.text(13),
		)
		self._all_control = header.text(12).upper() == QUALITY_CONTROL

	def _p(self, patient: Record) -> None:
		last, first, middle = [*patient.components(6), "", "", ""][:3]
		numbers = dict.fromkeys(filter(None, (patient.text(field) for field in (3, 4, 5))))
		self._patient = PatientIds(
			[Identifier(value) for value in numbers],
			last,
			first,
			middle,
			day(patient.text(8)),
			patient.text(9).upper(),
		)
		self._group, self._notes = None, self._patient.notes

	def _o(self, order: Record) -> None:
		self._group = OrderGroup(
			self._patient,
			specimens=_barcodes(order),
			observed_at=moment(order.text(8)),
			reported_at=moment(order.text(23)),
			status=order.text(26).upper() if order.text(26).upper() in _REPORTS else "",
		)
		self._notes = self._group.notes
		if self._all_control or order.text(12).upper() == QUALITY_CONTROL:
			self.controls += 1  # its results are read, but go nowhere
		else:
			self.groups.append(self._group)

	def _r(self, result: Record) -> None:
		if self._group is None:  # no order record: whose it is nobody knows
			self._group = OrderGroup(self._patient)
			self.groups.append(self._group)
		seen = _observation(result)
		if not seen.code:
			self.problems.append(f"R {result.text(2)}: the test (R-3) is empty")
		self._group.observations.append(seen)
		self._notes = seen.notes

	def _c(self, comment: Record) -> None:
		words = " ".join(filter(None, comment.components(4)))
		if words:
			self._notes.append(words)


def _barcodes(order: Record) -> list[str]:
	"""Return the barcode the host gave (O-3), or what may be it in O-4 where an analyser put it."""
	given = order.text(3)
	if given:
		return [given]
	return [part for part in order.components(4) if len(part) >= _SHORTEST]


def test_code(components: list[str]) -> Code:
	"""Return the test that a universal test ID names: the manufacturer's code (part 4) goes first."""
	universal, name, kind, own, more = [*components, *[""] * 5][:5]
	if own:
		name = name or ("" if more.replace(".", "").isdecimal() else more)  # a dilution is no name
		return Code(own, name, alt_code=universal, alt_system=kind)
	return Code(universal, name, kind)


def _observation(result: Record) -> Observation:
	value = " ".join(filter(None, result.components(4)))
	return Observation(
		code=test_code(result.components(3)),
		value=value,
		number=number(value),
		unit=result.text(5),
		reference=_reference(result),
		flags=tuple(flag.upper() for each in result.repeats(7) for flag in each if flag),
		status=_STATUS.get(result.text(9).upper(), "P"),
		observed_at=moment(result.text(13) or result.text(12)),
		method=result.text(14),
	)


def _reference(result: Record) -> str:
	"""Return R-6 as an interval is written here: its first repetition, without the name of the range."""
	parts = result.components(6)
	match = _TWO_LIMITS.match("^".join(parts[:2])) if len(parts) > 1 else None
	match = match or (_TWO_LIMITS.match(parts[0]) if parts else None)
	return f"{match[1]}-{match[2]}" if match else result.text(6)
