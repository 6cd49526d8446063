"""The branch that `slots_search` looks into: ten doctors, a fortnight, three fifths of it sold."""

import random
from datetime import date, datetime, timedelta

import frappe

from lab_crm.booking import availability, service
from lab_crm.demo.network import FIRST_SHIFT, SECOND_SHIFT, insert, schedule, specialist

CODE = "BENCH"
DOCTORS = 10
DAYS = 14
SOLD = 0.6


def ensure() -> str:
	"""Make the branch and sell its time, once; return the service that is asked for."""
	consultation = frappe.get_all(
		"Lab Service", {"kind": "Consultation", "is_active": 1}, pluck="name", order_by="name", limit=1
	)[0]
	if not frappe.db.exists("Lab Branch", CODE):
		_make_branch()
		frappe.db.commit()
		_sell(consultation)
	return consultation


def _make_branch() -> None:
	insert(
		"Lab Branch",
		code=CODE,
		branch_name="Отделение для замеров",
		address="Замерная улица, 1",
		timezone="Europe/Moscow",
	)
	room = insert("Bookable Resource", code=f"{CODE}-ROOM", resource_name="Кабинеты врачей", branch=CODE,
		kind="Consulting Room", capacity=DOCTORS)  # fmt: skip
	schedule(room, CODE, {day: (("08:00", "20:00"),) for day in FIRST_SHIFT})
	for number in range(DOCTORS):
		doctor = specialist(f"Демо-врач для замеров {number}", "Терапевт", [{"kind": "Consultation"}])
		schedule(doctor, CODE, FIRST_SHIFT if number % 2 else SECOND_SHIFT)


def _sell(consultation: str) -> None:
	"""Sell three fifths of what is free, to one patient card, through the product's own booking."""
	chance = random.Random(CODE)
	name = {"last_name": "Замерова-Тест", "first_name": "Проба"}
	facts = {"birth_date": "1980-01-01", "sex": "Female", "mobile": "+79000000000"}
	patient = insert("Patient", **name, **facts).name
	span = (date.today(), date.today() + timedelta(days=DAYS - 1))
	for doctor in frappe.get_all(
		"Specialist", {"specialist_name": ("like", "Демо-врач для замеров%")}, pluck="name"
	):
		end = ""
		for slot in availability.get_slots(CODE, [consultation], *span, doctor):
			if slot["start"] < end:
				continue
			end = slot["end"]
			if chance.random() < SOLD:
				start = datetime.fromisoformat(slot["start"])
				service.create(
					CODE, [consultation], start, patient, ["Personal Data", "Medical Data"], specialist=doctor
				)
				frappe.db.commit()
