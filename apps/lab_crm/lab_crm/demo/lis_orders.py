"""The demo laboratory's desk: reads orders (OML^O21, ORM^O01) with python-hl7 and writes their results
(ORU^R01).
"""

import itertools
import secrets
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import hl7

from lab_crm.demo.lis_catalogue import Catalogue, Test, has_panic_limit, measure

APPLICATION, FACILITY = "DEMOLIS", "DEMO"
CRITICAL_NAME = "Критич"  # whoever's name begins like this gets a panic value
_ESCAPES = {"\\": "\\E\\", "|": "\\F\\", "^": "\\S\\", "&": "\\T\\", "~": "\\R\\"}


@dataclass
class Item:
	"""One ordered service: OBR-4 as it came, and the tube's barcode."""

	coded: str
	code: str
	name: str
	barcode: str = ""


@dataclass
class LabOrder:
	"""An order as the laboratory keeps it. `pid` is the PID segment as it came."""

	placer: str
	filler: str
	pid: str
	sender: tuple[str, str]
	last_name: str = ""
	sex: str = "U"
	birth_date: date | None = None
	items: list[Item] = field(default_factory=list)


class OrderDesk:
	"""Keeps orders in memory.

	Args:
		catalogue: what can be measured.
		seed: seed of the values.
		critical: service or analyte codes that get a panic value.
	"""

	def __init__(self, catalogue: Catalogue, seed: str = "demo", critical: tuple[str, ...] = ()):
		self.catalogue = catalogue
		self.seed = seed
		self.critical = set(critical)
		self.orders: dict[str, LabOrder] = {}
		self._answers: dict[tuple[str, str], str] = {}
		self._numbers = itertools.count(1)
		self._run = secrets.token_hex(3).upper()  # control IDs and numbers of two runs never meet

	def take(self, message: hl7.Message) -> tuple[str, LabOrder | None]:
		"""Take a message; return the acknowledgement code and the order whose results are due, if any.

		A message that was sent again gets the answer it had.
		"""
		msh = message.segment("MSH")
		number = (str(msh[3]), str(msh[10]))
		if number in self._answers:
			return self._answers[number], None
		answer, order = self._decide(message)
		self._answers[number] = answer
		return answer, order

	def _decide(self, message: hl7.Message) -> tuple[str, LabOrder | None]:
		code = str(message.segment("MSH")[9][0][0])
		if code == "ADT":
			return "AA", None
		if code not in ("OML", "ORM"):
			return "AR", None
		order = self._read(message)
		if not order.placer or not order.items:
			return "AE", None
		action = _field(message.segment("ORC"), 1)
		if action == "CA":
			self.orders.pop(order.placer, None)
			return "AA", None
		known = self.orders.get(order.placer)
		order.filler = known.filler if known else f"L{self._run}-{next(self._numbers)}"
		self.orders[order.placer] = order
		return "AA", order

	def results(self, order: LabOrder, at: datetime) -> hl7.Message:
		"""Return ORU^R01 with a value for everything ordered.

		Args:
			order: an order taken before.
			at: the time now, aware.
		"""
		stamp = _stamp(at)
		application, facility = order.sender
		lines = [
			f"MSH|^~\\&|{APPLICATION}|{FACILITY}|{application}|{facility}|{stamp}||ORU^R01^ORU_R01"
			f"|{self._run}{next(self._numbers):06}|P|2.5.1||||||UNICODE UTF-8",
			order.pid,
		]
		panic = self._panic_test(order)
		for number, item in enumerate(order.items, 1):
			lines += self._group(order, item, number, at, panic)
		return hl7.parse("\r".join(lines) + "\r")

	def _group(self, order: LabOrder, item: Item, number: int, at: datetime, panic: Test | None) -> list[str]:
		taken = _stamp(at - timedelta(hours=1))
		lines = [
			f"ORC|RE|{order.placer}|{order.filler}",
			f"OBR|{number}|{order.placer}|{order.filler}|{item.coded}|||{taken}|||||||||||||||{_stamp(at)}|||F",
		]
		for place, test in enumerate(self.catalogue.tests(item.code, item.name), 1):
			seed = f"{self.seed}/{order.placer}"
			value = measure(test, seed, order.sex, order.birth_date, critical=test is panic)
			coding = f"{_safe(test.code)}^{_safe(test.name)}^L"
			if test.loinc:
				coding += f"^{_safe(test.loinc)}^^LN"
			lines.append(
				f"OBX|{place}|{value.type}|{coding}||{_safe(value.text)}|{_safe(test.unit)}|{_safe(value.reference)}"
				f"|{value.flag or 'N'}|||F|||{_stamp(at)}"
			)
			if value.flag in ("HH", "LL"):
				lines.append("NTE|1|L|Значение перепроверено повторным измерением")
		if item.barcode:
			lines.append(f"SPM|1|{item.barcode}")
		return lines

	def _panic_test(self, order: LabOrder) -> Test | None:
		"""Return the analyte that must come out as a panic value, when somebody asked for one."""
		every = order.last_name.startswith(CRITICAL_NAME)
		for item in order.items:
			for test in self.catalogue.tests(item.code, item.name):
				asked = every or {item.code, test.code} & self.critical
				if asked and has_panic_limit(test, order.sex, order.birth_date):
					return test
		return None

	def _read(self, message: hl7.Message) -> LabOrder:
		msh, pid = message.segment("MSH"), message.segment("PID")
		order = LabOrder(
			placer=_field(message.segment("ORC"), 2),
			filler="",
			pid=str(pid),
			sender=(_field(msh, 3), _field(msh, 4)),
			last_name=message.unescape(_field(pid, 5)),
			sex=_field(pid, 8) or "U",
			birth_date=_day(_field(pid, 7)),
		)
		for segment in message:
			name = str(segment[0])
			if name == "OBR":
				code, text = _field(segment, 4), message.unescape(_field(segment, 4, 2))
				order.items.append(Item(str(segment[4]), message.unescape(code), text, _field(segment, 18)))
			elif name == "SPM" and order.items:
				order.items[-1].barcode = _field(segment, 2)
		return order


def _field(segment: hl7.Segment, number: int, component: int = 1) -> str:
	"""Return one component as it stands (its first subcomponent), empty when it is missing."""
	if len(segment) <= number:
		return ""
	parts = str(segment[number]).split("~")[0].split("^")
	return parts[component - 1].split("&")[0] if len(parts) >= component else ""


def _safe(text: str) -> str:
	return "".join(_ESCAPES.get(char, char) for char in text)


def _stamp(at: datetime) -> str:
	return at.strftime("%Y%m%d%H%M%S%z")


def _day(text: str) -> date | None:
	return datetime.strptime(text[:8], "%Y%m%d").date() if text[:8].isdecimal() and len(text) >= 8 else None
