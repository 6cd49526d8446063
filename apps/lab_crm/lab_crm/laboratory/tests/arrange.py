"""A small laboratory to test with: a biochemistry and a blood count, a patient and an order of both."""

import secrets
from datetime import datetime, timedelta

import frappe

from lab_crm.catalogue.codes import is_loinc
from lab_crm.laboratory.observations import Observation
from lab_crm.laboratory.results import store_result
from lab_crm.utils import clock

REPORTED = datetime(2026, 11, 20, 9, 30)
GLUCOSE_RANGE = {"low": "3.9", "high": "6.1", "critical_low": "2.5", "critical_high": "25"}
HB_RANGES = (
	{"sex": "Female", "low": "120", "high": "150", "critical_low": "70"},
	{"sex": "Male", "low": "130", "high": "160", "critical_low": "70"},
)


class Laboratory:
	"""Codes are unique to each instance, so that tests never meet the demo catalogue."""

	def __init__(self, make):
		self.make = make
		mark = make.service().name.split("-")[1]
		self.glu, self.hb, self.wbc = f"GLU{mark}", f"HB{mark}", f"WBC{mark}"
		self._analyte(
			self.glu, "Глюкоза", "ммоль/л", [GLUCOSE_RANGE], loinc=random_loinc(), fsli_code=random_digits(8)
		)
		self._analyte(self.hb, "Гемоглобин", "г/л", HB_RANGES, loinc=random_loinc())
		self._analyte(self.wbc, "Лейкоциты", "10^9/л", [{"low": "4", "high": "9"}])
		for code, name in ((f"SER{mark}", "Сыворотка"), (f"EDTA{mark}", "Кровь с ЭДТА")):
			insert("Sample Type", code=code, material_name=name, tube_name="Пробирка 4 мл", nsi_code="108")
		self.serum, self.edta = f"SER{mark}", f"EDTA{mark}"
		self.biochemistry = self._service("Глюкоза", self.serum, [self.glu], lis_code=f"BIO{mark}")
		self.blood_count = self._service("Общий анализ крови", self.edta, [self.hb, self.wbc])
		self.panel = make.service(
			kind="Panel",
			service_name="Чекап тестовый",
			panel_items=[{"service": self.biochemistry.name}, {"service": self.blood_count.name}],
		)
		self.patient = make.patient()
		self.branch = make.branch()

	def _analyte(self, code, name, unit, ranges, **fields):
		return insert(
			"Analyte",
			code=code,
			analyte_name=name,
			unit=unit,
			result_type="Numeric",
			reference_ranges=list(ranges),
			**fields,
		)

	def _service(self, name, sample_type, analytes, **fields):
		rows = [{"analyte": analyte} for analyte in analytes]
		return self.make.service(service_name=name, sample_type=sample_type, analytes=rows, **fields)

	def booking(self, *services, status="Booked", **fields):
		"""A booking for today made straight in the table: how bookings are made is the booking module's
		matter."""
		start = clock.now().replace(hour=9, minute=0, second=0, microsecond=0)
		services = services or (self.panel,)
		rows = [{"service": each.name, "price": 900} for each in services]
		doc = frappe.new_doc("Booking")
		doc.update(
			{
				"patient": self.patient.name,
				"branch": self.branch.name,
				"status": status,
				"start": start,
				"end": start + timedelta(minutes=10),
				"services": rows,
				"total": 900 * len(rows),
				**fields,
			}
		)
		doc.flags.ignore_validate = doc.flags.system_move = True
		return doc.insert(ignore_permissions=True, ignore_mandatory=True)

	def order(self, *services, **fields):
		"""An order that the LIS took."""
		services = services or (self.biochemistry, self.blood_count)
		rows = [{"service": each.name, "service_name": each.service_name} for each in services]
		visit = insert("Visit", patient=self.patient.name, branch=self.branch.name)
		defaults = {
			"visit": visit.name,
			"patient": self.patient.name,
			"branch": self.branch.name,
			"status": "Accepted",
		}
		return insert("Lab Order", items=rows, **{**defaults, **fields})

	def report(self, order, *observations, status="Final", minutes=0, **fields):
		"""Store a report that was signed `minutes` after the first one; return the Lab Result."""
		reported_at = REPORTED + timedelta(minutes=minutes)
		return frappe.get_doc(
			"Lab Result", store_result(order.name, list(observations), status, reported_at, **fields)
		)

	def glucose(self, value="5.0", **fields):
		"""A value of glucose."""
		return Observation(self.glu, "Glucose", value, **fields)

	def count(self, hb="135", wbc="6.1", **fields):
		"""The values of a blood count."""
		return Observation(self.hb, "Hb", hb, **fields), Observation(self.wbc, "WBC", wbc, **fields)


def insert(doctype: str, **fields):
	"""Insert a document as the system."""
	doc = frappe.new_doc(doctype)
	doc.update(fields)
	return doc.insert(ignore_permissions=True)


def events_of(order: str) -> list[str]:
	"""Names of the journey events of an order, in order."""
	return frappe.get_all(
		"Journey Event", filters={"lab_order": order}, pluck="event", order_by="creation, name"
	)


def random_digits(count: int) -> str:
	"""Random digits, the first not zero."""
	return str(secrets.randbelow(9 * 10 ** (count - 1)) + 10 ** (count - 1))


def random_loinc() -> str:
	"""A LOINC number that no registry has given, with a right check digit."""
	body = random_digits(7)
	return next(code for code in (f"{body}-{digit}" for digit in range(10)) if is_loinc(code))


def fresh(doc):
	"""The document as the database has it now."""
	doc.reload()
	return doc
