"""The demo network: twelve branches with rooms, chairs, specialists and schedules, recognisably generated."""

import csv
from pathlib import Path

import frappe

from lab_crm.recall import setup as recall_rules

FIXTURES = Path(__file__).resolve().parents[4] / "fixtures"
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
COLLECTION_HOURS = {
	**{day: (("07:30", "13:00"), ("13:30", "20:00")) for day in WEEKDAYS},
	"Saturday": (("08:00", "14:00"),),
}
SUNDAY = {"Sunday": (("08:00", "14:00"),)}
FIRST_SHIFT = {day: (("08:00", "14:00"),) for day in WEEKDAYS}
SECOND_SHIFT = {day: (("14:00", "20:00"),) for day in WEEKDAYS}
VALID_FROM = "2026-01-01"


def load(lis_port: int) -> None:
	"""Load the catalogue and the network; what is already there stays as it is.

	Args:
		lis_port: where the demo LIS listens on this machine.
	"""
	from lab_crm.catalogue import starter

	starter.load(FIXTURES / "catalogue")
	recall_rules.load(active=True)
	with (FIXTURES / "network" / "branches.csv").open(encoding="utf-8") as file:
		for row in csv.DictReader(file):
			_branch(row)
	_lis_connection(lis_port)


def _branch(row: dict[str, str]) -> None:
	code = row["code"]
	if frappe.db.exists("Lab Branch", code):
		return
	own = {key: row[key] for key in row if key not in ("chairs", "doctors", "ultrasound")}
	insert(
		"Lab Branch",
		**own,
		legal_name="ООО «Лаборатория Демо»",
		licence="Демонстрационные данные, лицензии нет",
	)
	chairs, doctors = int(row["chairs"]), int(row["doctors"])
	chair = _resource(code, "CHAIR", "Процедурный кабинет", "Collection Chair", chairs)
	schedule(chair, code, {**COLLECTION_HOURS, **(SUNDAY if chairs > 2 else {})})
	room = _resource(code, "ROOM", "Кабинет врача", "Consulting Room", doctors)
	schedule(room, code, COLLECTION_HOURS)
	procedure = _resource(code, "PROC", "Перевязочная", "Procedure Room")
	schedule(procedure, code, COLLECTION_HOURS)
	for number in range(1, doctors + 1):
		doctor = specialist(
			f"Демо-терапевт {code}-{number}", "Терапевт", [{"kind": "Consultation"}, {"kind": "Certificate"}]
		)
		schedule(doctor, code, FIRST_SHIFT if number % 2 else SECOND_SHIFT)
	if int(row["ultrasound"]):
		_ultrasound(code)


def _ultrasound(code: str) -> None:
	device = _resource(code, "US", "Кабинет УЗИ", "Ultrasound")
	schedule(device, code, COLLECTION_HOURS)
	doctor = specialist(f"Демо-врач УЗИ {code}", "Врач ультразвуковой диагностики", [{"kind": "Procedure"}])
	schedule(doctor, code, SECOND_SHIFT)


def _resource(branch: str, suffix: str, title: str, kind: str, capacity: int = 1):
	return insert(
		"Bookable Resource",
		code=f"{branch}-{suffix}",
		resource_name=f"{title} {branch}",
		branch=branch,
		kind=kind,
		capacity=capacity,
	)


def specialist(name: str, speciality: str, services: list[dict]):
	"""Make a specialist."""
	return insert("Specialist", specialist_name=name, speciality=speciality, services=services)


def schedule(subject, branch: str, hours: dict) -> None:
	"""Give a specialist or resource its weekly hours in a branch."""
	periods = [
		{"weekday": day, "start_time": start, "end_time": end}
		for day, spans in hours.items()
		for start, end in spans
	]
	insert(
		"Work Schedule",
		subject_type=subject.doctype,
		subject=subject.name,
		branch=branch,
		valid_from=VALID_FROM,
		periods=periods,
	)


def _lis_connection(port: int) -> None:
	title = "Демо-ЛИС"
	if frappe.db.exists("LIS Connection", {"title": title}):
		frappe.db.set_value("LIS Connection", {"title": title}, "port", port)
		return
	insert(
		"LIS Connection",
		title=title,
		host="127.0.0.1",
		port=port,
		sending_application="LABCRM",
		sending_facility="DEMO",
		receiving_application="DEMOLIS",
		receiving_facility="DEMO",
		enabled=1,
		is_default=1,
	)


def insert(doctype: str, **fields):
	"""Make a document of the demo."""
	doc = frappe.new_doc(doctype)
	doc.update(fields)
	return doc.insert(ignore_permissions=True)  # safe: run from the command line only
