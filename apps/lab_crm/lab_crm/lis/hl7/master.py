"""MFN^M04, M08, M09 and M10 (charges, tests, batteries) → plain data, and the MFK that answers them.

Source: HL7 v2.5.1 chapter 8: MFI over the whole file, then for each record an MFE and its segments: OM1–OM5
of a test, CDM and PRC of a charge. Values that cannot be read are left out and told in `problems`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from lab_crm.lis.hl7.accept import Problem
from lab_crm.lis.hl7.datatypes import Code, code, day, number
from lab_crm.lis.hl7.escapes import Separators, escape
from lab_crm.lis.hl7.header import Header
from lab_crm.lis.hl7.reader import Message, Segment, read

ADD, UPDATE, DEACTIVATE, REACTIVATE, DELETE = "MAD", "MUP", "MDC", "MAC", "MDL"
ACTIONS = (ADD, UPDATE, DEACTIVATE, REACTIVATE, DELETE)
WITHDRAWN = (DEACTIVATE, DELETE)
REPLACE = "REP"  # MFI-3: the file in the message takes the place of the whole file
POSTED, NOT_POSTED = "S", "U"  # HL7 table 0181
_TOTAL_PRICES = ("", "TP", "UP", "AP")  # types of a CP that are what is paid
_PRECISION = re.compile(r"(\d+)(?:[.,](\d))?$")


@dataclass(frozen=True, slots=True)
class RangeRow:
	"""One RFR: limits as they are written, `sex` M, F or empty, ages in years (None: open)."""

	low: str = ""
	high: str = ""
	sex: str = ""
	age_from: Decimal | None = None
	age_to: Decimal | None = None


@dataclass(slots=True)
class Test:
	"""OM1 with its OM2–OM5. None and empty: the message does not say."""

	code: Code = field(default_factory=Code)
	others: list[Code] = field(default_factory=list)
	name: str = ""
	short_name: str = ""
	orderable: bool | None = None
	turnaround_minutes: Decimal | None = None
	preparation: str = ""
	unit: str = ""
	unit_code: str = ""
	decimals: int | None = None
	ranges: list[RangeRow] = field(default_factory=list)
	critical: list[RangeRow] = field(default_factory=list)
	answers: list[str] = field(default_factory=list)
	normal: list[str] = field(default_factory=list)
	specimen: Code = field(default_factory=Code)
	contents: list[Code] = field(default_factory=list)


@dataclass(slots=True)
class Charge:
	"""CDM: `name` is the long description, else the short one; `active` None: not said."""

	code: Code = field(default_factory=Code)
	name: str = ""
	active: bool | None = None


@dataclass(slots=True)
class Price:
	"""PRC: what one facility and payer pays; `facility` empty: all; `active` False: not charged any more."""

	amount: Decimal
	currency: str = ""
	facility: Code = field(default_factory=Code)
	category: str = ""
	valid_from: date | None = None
	valid_to: date | None = None
	active: bool = True
	several: bool = False


@dataclass(slots=True)
class Record:
	"""One MFE with what stands under it. `action` is MAD, MUP, MDC, MAC or MDL as sent."""

	action: str
	key: Code
	effective: date | None = None
	test: Test | None = None
	charge: Charge | None = None
	prices: list[Price] = field(default_factory=list)
	problems: list[str] = field(default_factory=list)

	@property
	def code(self) -> str:
		"""The code that the sender knows the record by."""
		own = self.test or self.charge
		return self.key.code or (own.code.code if own else "")

	@property
	def name(self) -> str:
		"""What the sender calls it."""
		own = self.test or self.charge
		return (own.name if own else "") or (own.code.text if own else "") or self.key.text


@dataclass(slots=True)
class MasterFile:
	"""A whole message; `replaces` when it stands for the complete file of the sender."""

	header: Header
	replaces: bool
	records: list[Record]


def parse(text: str, codec: str = "utf-8") -> MasterFile:
	"""Return the records of a message, in order.

	Args:
		text: the decoded message.
		codec: Python name of the character set it came in.

	Raises:
		NotHL7: it does not begin with an MSH segment.
	"""
	message = read(text, codec)
	mfi = message.first("MFI")
	from_file = day(mfi.text(5)) if mfi else None
	records: list[Record] = []
	for segment in message:
		if segment.name == "MFE":
			records.append(
				Record(segment.text(1).upper(), code(segment, 4), day(segment.text(3)) or from_file)
			)
		elif records and segment.name in _READERS:
			_READERS[segment.name](records[-1], segment)
	return MasterFile(message.header, bool(mfi) and mfi.text(3).upper() == REPLACE, records)


def check(text: str) -> Problem | None:
	"""Return why a message cannot be kept as a master file, None when it can.

	Args:
		text: the decoded message, whose MSH is good.
	"""
	names = {line[:3] for line in re.split(r"[\r\n]+", text)}
	for name in ("MFI", "MFE"):
		if name not in names:
			return Problem("100", f"the segment {name} is missing")
	return None


def answer(text: str, at: datetime, refused: Mapping[int, str] | None = None) -> list[list[str]]:
	"""Return the segments of an MFK after its MSA: the MFI again, and an MFA for each record as asked.

	A record that is kept for the catalogue is answered with S; one whose event or key is missing with U.

	Args:
		text: the decoded message that is answered.
		at: the time now, aware.
		refused: number of the record, from 0 → why it is not taken over; None before anybody has decided.
	"""
	message = read(text)
	mfi = message.first("MFI")
	level = mfi.text(6).upper()
	echo = ["MFI", *(mfi.raw(place) for place in range(1, 5)), at.strftime("%Y%m%d%H%M%S%z"), mfi.raw(6)]
	lines = [
		_answer_record(mfe, message, at, (refused or {}).get(number, ""))
		for number, mfe in enumerate(message.all("MFE"))
	]
	return [echo, *(line for line in lines if _is_wanted(level, line[4].startswith(POSTED)))]


def _is_wanted(level: str, posted: bool) -> bool:
	return {"NE": False, "ER": not posted, "SU": posted}.get(level, True)


def _answer_record(mfe: Segment, message: Message, at: datetime, refused: str) -> list[str]:
	why = refused
	if mfe.text(1).upper() not in ACTIONS:
		why = "MFE-1 is no record-level event code"
	elif not mfe.text(4):
		why = "MFE-4 (primary key) is empty"
	state = _coded(message.header.separators, NOT_POSTED, why) if why else POSTED
	return [
		"MFA", mfe.raw(1), mfe.raw(2), at.strftime("%Y%m%d%H%M%S%z"), state, mfe.raw(4), mfe.raw(5) or "CE",
	]  # fmt: skip


def _coded(separators: Separators, *parts: str) -> str:
	return separators.component.join((*(escape(part, separators) for part in parts), "HL70181"))


def _om1(record: Record, om1: Segment) -> None:
	own = code(om1, 2)
	name = om1.text(9) or om1.text(11) or own.text
	orderable = om1.text(12).upper()
	minutes = number(om1.text(23))
	record.test = Test(
		code=own,
		others=[code(om1, 7, place) for place in range(1, len(om1.repetitions(7)) + 1)],
		name=name,
		short_name=om1.text(10),
		orderable={"Y": True, "N": False}.get(orderable),
		turnaround_minutes=minutes.value if minutes and minutes.value > 0 else None,
		preparation=om1.whole(37),
	)
	if om1.text(23) and not record.test.turnaround_minutes:
		record.problems.append(f"OM1-23: {om1.text(23)}")


def _om2(record: Record, om2: Segment) -> None:
	test = _test_of(record)
	unit = code(om2, 2)
	test.unit, test.unit_code = unit.words, unit.code
	precision = _PRECISION.match(om2.text(3))
	test.decimals = int(precision[2] or 0) if precision else None
	test.ranges = list(_ranges(record, om2, 6))
	test.critical = list(_ranges(record, om2, 7))


def _om3(record: Record, om3: Segment) -> None:
	test = _test_of(record)
	test.answers = list(_words(om3, 3))
	test.normal = list(_words(om3, 4))


def _om4(record: Record, om4: Segment) -> None:
	test = _test_of(record)
	test.specimen = test.specimen or code(om4, 6)


def _om5(record: Record, om5: Segment) -> None:
	found = [code(om5, 2, place) for place in range(1, len(om5.repetitions(2)) + 1)]
	_test_of(record).contents += [each for each in found if each.code or each.alt_code]


def _cdm(record: Record, cdm: Segment) -> None:
	flag = cdm.text(8).upper()
	active = {"A": True, "I": False}.get(flag)
	record.charge = Charge(code(cdm, 1), cdm.text(4) or cdm.text(3), active)


def _prc(record: Record, prc: Segment) -> None:
	record.charge = record.charge or Charge(code(prc, 1))
	priced = _amount(prc)
	if priced is None:
		record.problems.append(f"PRC-5: {prc.whole(5) or '—'}")
		return
	amount, currency, several = priced
	places = [code(prc, 2, place) for place in range(1, len(prc.repetitions(2)) + 1)] or [Code()]
	for facility in places:
		record.prices.append(
			Price(
				amount,
				currency,
				facility,
				prc.text(14).upper(),
				day(prc.text(11)) or record.effective,
				day(prc.text(12)),
				prc.text(16).upper() != "I" and prc.text(15).upper() != "N",
				several,
			)
		)


def _amount(prc: Segment) -> tuple[Decimal, str, bool] | None:
	"""Return amount and currency of PRC-5, and whether it names several prices; None when it names none."""
	found = []
	for place in range(1, len(prc.repetitions(5)) + 1):
		value = number(prc.text(5, 1, 1, place))
		if value and not value.comparator and prc.text(5, 2, repetition=place).upper() in _TOTAL_PRICES:
			found.append((value.value, prc.text(5, 1, 2, place).upper()))
	if not found or found[0][0] < 0:
		return None
	return *found[0], len(set(found)) > 1


def _ranges(record: Record, segment: Segment, place: int) -> Iterator[RangeRow]:
	for each in range(1, len(segment.repetitions(place)) + 1):
		low, high = segment.text(place, 1, 1, each), segment.text(place, 1, 2, each)
		if any(text and not _is_plain(text) for text in (low, high)):
			record.problems.append(f"{segment.name}-{place}: {low}–{high}")
			continue
		ages = [number(segment.text(place, 3, part, each)) for part in (1, 2)]
		sex = segment.text(place, 2, repetition=each).upper()
		if low or high:
			yield RangeRow(low, high, sex if sex in ("M", "F") else "", *(age and age.value for age in ages))


def _is_plain(text: str) -> bool:
	found = number(text)
	return found is not None and not found.comparator


def _words(segment: Segment, place: int) -> Iterator[str]:
	for each in range(1, len(segment.repetitions(place)) + 1):
		if words := code(segment, place, each).words:
			yield words


def _test_of(record: Record) -> Test:
	record.test = record.test or Test()
	return record.test


_READERS = {"OM1": _om1, "OM2": _om2, "OM3": _om3, "OM4": _om4, "OM5": _om5, "CDM": _cdm, "PRC": _prc}
